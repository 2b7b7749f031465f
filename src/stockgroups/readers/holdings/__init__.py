"""From printed columns to classified rows, weights, refs and the receipt."""
