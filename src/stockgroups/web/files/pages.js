// What pages do more with scripts: suggestions while somebody types a search, and words of an
// expression at a click. Without scripts the same fields and links lead to pages.
"use strict";

function suggest(field) {
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"],
    ["aria-controls", list.id], ["aria-expanded", "false"]]) field.setAttribute(name, value);
  let at = -1, waiting = 0, asked = 0;

  function show(isShown) {
    list.hidden = !isShown;
    field.setAttribute("aria-expanded", String(isShown));
    if (!isShown) mark(-1);
  }
  function mark(place) {
    at = place;
    [...list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    const one = list.children[at];
    if (one) { field.setAttribute("aria-activedescendant", one.id); one.scrollIntoView({ block: "nearest" }); }
    else field.removeAttribute("aria-activedescendant");
  }
  async function ask() {
    const text = field.value.trim(), mine = ++asked;
    if (!text) { show(false); return; }
    try {
      const answer = await fetch("/suggest?" + new URLSearchParams({ q: text }));
      if (mine !== asked || !answer.ok) return;
      list.innerHTML = await answer.text(); // the server has escaped all that sources wrote
      mark(-1);
      show(list.children.length > 0 && document.activeElement === field);
    } catch { show(false); } // the server is away: the form tells it
  }
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  field.addEventListener("blur", () => show(false));
  field.addEventListener("keydown", (event) => {
    const many = list.children.length;
    if (event.key === "Escape" && !list.hidden) { show(false); event.preventDefault(); }
    else if (list.hidden || !many) return;
    else if (event.key === "ArrowDown") { mark((at + 1) % many); event.preventDefault(); }
    else if (event.key === "ArrowUp") { mark((at + many - (at < 0 ? 0 : 1)) % many); event.preventDefault(); }
    else if (event.key === "Enter" && at >= 0) { location.href = list.children[at].dataset.href; event.preventDefault(); }
  });
  list.addEventListener("mousedown", (event) => {
    const one = event.target.closest("li");
    if (one) { location.href = one.dataset.href; event.preventDefault(); }
  });
}

function build(builder) {
  const field = document.getElementById(builder.dataset.into);
  builder.addEventListener("click", (event) => {
    const word = event.target.closest("[data-word]")?.dataset.word;
    if (!word) return;
    event.preventDefault();
    const before = field.value.slice(0, field.selectionStart).trimEnd();
    const isOpen = before === "" || /[|&^(,-]$/.test(before);
    field.setRangeText((isOpen ? (before ? " " : "") : " & ") + word, before.length, field.selectionEnd, "end");
    field.focus();
  });
}

suggest(document.getElementById("q"));
document.querySelectorAll("[data-into]").forEach(build);
