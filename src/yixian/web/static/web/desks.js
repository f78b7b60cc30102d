/* The desk's list by keys: j and k open the next and the one before, x selects, Enter goes to the main action. */
(function () {
  "use strict";
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function mark(row) {
    all(".lane0 li[aria-current]").forEach(function (line) { line.removeAttribute("aria-current"); });
    var line = row.closest("li");
    line.setAttribute("aria-current", "true");
    line.classList.remove("fresh");
    line.scrollIntoView({ block: "nearest" });
  }
  function step(by) {
    var rows = all(".lane0 a[data-row]"), here = -1;
    rows.forEach(function (row, place) { if (row.closest("li").hasAttribute("aria-current")) { here = place; } });
    var next = rows[Math.max(0, Math.min(rows.length - 1, here + by))];
    if (next) { next.click(); }
  }
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "checkbox") { return; }
    if (event.ctrlKey || event.altKey || event.metaKey || !document.querySelector(".lane0")) { return; }
    if (event.key === "j") { step(1); } else if (event.key === "k") { step(-1); } else if (event.key === "x") {
      var box = document.querySelector(".lane0 li[aria-current] .pick input");
      if (box) { box.click(); }
    } else if (event.key === "Enter" && (at === document.body || at.id === "pane")) {
      var main = document.querySelector("#todo .btn0.main");
      if (main) { main.click(); }
    }
  });
  document.addEventListener("change", function (event) {
    if (!event.target.closest(".lane0 .pick")) { return; }
    var count = all(".lane0 .pick input:checked").length, bar = document.querySelector(".batch [data-picked]");
    if (bar) { bar.hidden = !count; bar.querySelector("[data-picked-count]").textContent = String(count); }
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    var row = event.target.closest ? event.target.closest(".lane0 a[data-row]") : null;
    if (row) { mark(row); }
  });
  /* What opens by itself beside an order must not take the keys from the list: the focus goes to the pane. */
  function quietly() {
    var at = window.scrollY;
    setTimeout(function () {  // after the page's own script, which focuses the first field of what came
      var pane = document.getElementById("pane");
      if (pane) { pane.focus({ preventScroll: true }); }
      window.scrollTo(0, at);
    }, 0);
  }
  document.addEventListener("htmx:afterSwap", function (event) {
    var asked = event.detail.requestConfig, from = asked && asked.elt;
    if (from && from.dataset && from.dataset.quiet !== undefined) { quietly(); return; }
    if (event.detail.target.id !== "pane") { return; }
    var desk = document.getElementById("desk");
    if (desk) { desk.classList.add("opened"); }
    if (from && from.dataset && from.dataset.row !== undefined) { quietly(); }
    if (window.innerWidth <= 900) { window.scrollTo(0, 0); }
  });
  /* On a narrow screen the queue one is in may stand beyond the edge. */
  function inView() {
    var tab = document.querySelector(".tabs0 a[aria-current]"), row = tab && tab.parentNode;
    if (row && row.scrollWidth > row.clientWidth) {
      row.scrollLeft = Math.max(0, tab.getBoundingClientRect().left - row.getBoundingClientRect().left + row.scrollLeft - 40);
    }
  }
  inView();
  /* An order that opens after another was dealt with is seen from its number on. */
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id === "desk") { inView(); window.scrollTo(0, 0); }
  });
  /* After several orders were acted upon at once the list is asked for anew. */
  document.addEventListener("desk-changed", function () {
    var rows = document.getElementById("rows"), bar = document.querySelector(".batch [data-picked]");
    if (bar) { bar.hidden = true; }
    if (rows && window.htmx) { window.htmx.ajax("GET", rows.dataset.liveUrl, { target: "#rows", swap: "innerHTML" }); }
  });
})();
