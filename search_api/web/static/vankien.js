// Small comforts; the page works without them.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return;
    }
    // Over plain HTTP from another machine the clipboard API is closed; the old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copy refused");
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const label = button.textContent;
    try {
      await copy(button.dataset.copy);
      button.textContent = "Đã chép";
    } catch {
      button.textContent = "Không chép được";
    }
    setTimeout(() => { button.textContent = label; }, 1600);
  });

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    const box = document.getElementById("q");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  // A link to a folded note opens it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const note = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (note && note.tagName === "DETAILS") note.open = true;
  });

  document.addEventListener("htmx:after:swap", () => {
    const heading = document.querySelector("#ket-qua h1");
    if (!heading) return;
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:error", () => {
    const region = document.getElementById("ket-qua");
    if (!region) return;
    const message = document.createElement("p");
    message.className = "notice";
    message.setAttribute("role", "alert");
    message.textContent = "Không liên lạc được với máy chủ. Kiểm tra lệnh vankien serve còn chạy không, rồi tìm lại. / The server does not answer; is vankien serve still running?";
    region.prepend(message);
  });
})();
