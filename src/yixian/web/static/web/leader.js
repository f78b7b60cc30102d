/* The wall screen renews itself; while the line is down it keeps what it shows and says so. */
(function () {
  "use strict";
  var seconds = Number(document.body.dataset.renew);
  if (!seconds || !window.fetch || !window.DOMParser) { return; }
  function lost() {
    var foot = document.querySelector("[data-lost]");
    if (foot) { foot.hidden = false; }
  }
  setInterval(function () {
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) { lost(); return null; }
      return answer.text();
    }).then(function (text) {
      if (!text) { return; }
      var fresh = new DOMParser().parseFromString(text, "text/html");
      if (fresh.body.classList.contains("wall")) { document.body.innerHTML = fresh.body.innerHTML; } else { lost(); }
    }).catch(lost);
  }, seconds * 1000);
})();
