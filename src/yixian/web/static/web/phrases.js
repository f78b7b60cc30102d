/* Inserts a phrase where the cursor stands in its text area, and selects the first 〔blank〕 of it to be filled in. */
(function () {
  "use strict";
  if (window.yixianPhrases) { return; }
  window.yixianPhrases = true;

  function insert(box, text) {
    var from = box.selectionStart, to = box.selectionEnd;
    if (from === null || from === undefined) { from = to = box.value.length; }
    var before = box.value.slice(0, from), gap = before && !/[\s，。；：、,.;:（(]$/.test(before) ? "\n" : "";
    box.focus();
    box.setSelectionRange(from, to);
    /* The browser's own way keeps its undo; where it is refused the value is set. */
    if (!document.execCommand || !document.execCommand("insertText", false, gap + text)) {
      box.value = before + gap + text + box.value.slice(to);
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    var start = from + gap.length, blank = /〔[^〕]*〕/.exec(text);
    if (blank) { box.setSelectionRange(start + blank.index, start + blank.index + blank[0].length); }
    else { box.setSelectionRange(start + text.length, start + text.length); }
  }
  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-insert]");
    document.querySelectorAll("details.phrases[open]").forEach(function (menu) {
      if (at || !menu.contains(event.target)) { menu.open = false; }
    });
    var box = at && document.getElementById(at.dataset.insert);
    if (box) { event.preventDefault(); insert(box, at.dataset.text || ""); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var menu = event.target.closest("details.phrases[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); }
  });
})();
