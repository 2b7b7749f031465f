"""What prints turn out to be: one stock is one security, with the symbols it has had and when.

A pure function of all prints with the days on which they stand, the directories and the aliases;
never of the order in which they came.
"""
