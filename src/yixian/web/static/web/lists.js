/* The list's selection: taking it back, and what stays selected when the rows are fetched anew. */
(function () {
  "use strict";
  function boxes() { return Array.prototype.slice.call(document.querySelectorAll("#rows tbody .pick input")); }
  function tell() {
    var any = document.querySelector("#rows .pick input");
    if (any) { any.dispatchEvent(new Event("change", { bubbles: true })); }
    var all = document.querySelector("#rows [data-pick-all]"), found = boxes();
    var count = found.filter(function (box) { return box.checked; }).length;
    if (all) { all.checked = count > 0 && count === found.length; all.indeterminate = count > 0 && count < found.length; }
  }
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-pick-none]")) { return; }
    boxes().forEach(function (box) { box.checked = false; });
    tell();
  });
  document.addEventListener("change", function (event) {
    if (event.target.closest("#rows tbody .pick")) {
      var all = document.querySelector("#rows [data-pick-all]"), found = boxes();
      var count = found.filter(function (box) { return box.checked; }).length;
      if (all) { all.checked = count === found.length; all.indeterminate = count > 0 && count < found.length; }
    }
  });
  /* The rows are refreshed as news comes in: what was selected stays so. */
  var kept = [];
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target && event.detail.target.closest("#rows")) {
      kept = boxes().filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
    }
  });
  document.addEventListener("htmx:afterSwap", function () {
    if (!kept.length) { return; }
    boxes().forEach(function (box) { if (kept.indexOf(box.value) >= 0) { box.checked = true; } });
    kept = []; tell();
  });
})();
