/* The portal's small comforts: the phone's position, sizes of chosen files, large type at once, a lost connection told.
   Every page works without them. */
(function () {
  "use strict";
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }

  /* 用手机当前位置: asked only when pressed; what comes is written into the line, where one can read and change it. */
  function locate(button) {
    var line = document.getElementById(button.dataset.locate), said = button.parentNode.querySelector("[role=status]");
    said.textContent = "正在取位置…"; button.disabled = true;
    function over(words) { said.textContent = words; button.disabled = false; }
    navigator.geolocation.getCurrentPosition(function (found) {
      var at = found.coords, words = "北纬 " + at.latitude.toFixed(5) + ", 东经 " + at.longitude.toFixed(5);
      var rest = line.value.replace(/ ?\(位置: [^)]*\)/, "").trim();
      line.value = (rest ? rest + " " : "") + "(位置: " + words + ", 误差约 " + Math.round(at.accuracy) + " 米)";
      over("已写入, 请再补充街道、小区或门牌。"); line.focus();
    }, function () { over("没有取到位置, 请直接写地点。"); }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  }

  function picked(box) {
    var place = box.parentNode.querySelector("[data-picked-files]"), most = Number(box.dataset.most), over = false;
    var words = Array.prototype.map.call(box.files, function (file) {
      var large = file.size > most; over = over || large;
      return file.name + " " + (file.size / 1048576).toFixed(1) + " MB" + (large ? " (超过 20 MB, 请换小一点的)" : "");
    });
    place.textContent = words.length ? "已选 " + words.length + " 个: " + words.join("; ") : "";
    place.classList.toggle("over", over);
    box.setAttribute("aria-invalid", String(over));
  }

  function say(words) {
    document.dispatchEvent(new CustomEvent("toast", { detail: { message: words, error: true } }));
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-locate], [data-type-size]");
    if (!at) { return; }
    if (at.dataset.locate !== undefined) { locate(at); return; }
    event.preventDefault();
    var large = !document.body.classList.contains("large"), link = new URL(at.href);
    document.body.classList.toggle("large", large);
    document.cookie = "yx_type=" + (large ? "large; max-age=31622400" : "; max-age=0") + "; path=/; samesite=lax";
    at.textContent = large ? "标准字号" : "大字版";
    link.searchParams.set("to", large ? "plain" : "large"); at.href = link.href;
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("input[type=file][data-most]")) { picked(event.target); }
  });
  /* Before app.js counts the form as sent: without a connection nothing leaves, and nothing typed is lost. */
  window.addEventListener("submit", function (event) {
    var box = event.target.querySelector("input[type=file][data-most]");
    if (!navigator.onLine) {
      event.preventDefault(); event.stopImmediatePropagation();
      say("没有网络, 还没有提交。您填的内容都在, 连上网络后再点一次。");
    } else if (box && box.getAttribute("aria-invalid") === "true") {
      event.preventDefault(); event.stopImmediatePropagation();
      say("有文件超过 20 MB, 请换小一点的再上传。"); box.focus();
    }
  }, true);
  /* Back after sending: the page kept by the browser is old, the server knows where one is. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && document.querySelector("[name=form_key]")) { window.location.reload(); }
  });
  document.addEventListener("DOMContentLoaded", function () {
    all(navigator.geolocation ? ".with-script, .with-place" : ".with-script").forEach(function (place) { place.hidden = false; });
  });
})();
