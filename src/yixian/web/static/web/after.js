/* The call-back form by keys: 1 to 5 choose how satisfied the person is, while nothing is being typed. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) { return; }
    if (/^(TEXTAREA|SELECT)$/.test(at.tagName) || (at.tagName === "INPUT" && !/^(radio|checkbox)$/.test(at.type))) { return; }
    var choice = document.querySelectorAll("#act input[type=radio][name=level]")[Number(event.key) - 1];
    if (!choice) { return; }
    event.preventDefault();
    choice.checked = true;
    choice.focus();
    var reached = document.querySelector("#act input[type=radio][name=reached][value=yes]");
    if (reached && !document.querySelector("#act input[type=radio][name=reached]:checked")) { reached.checked = true; }
  });
})();
