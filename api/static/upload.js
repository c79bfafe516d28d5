/* Uploading: files dropped anywhere on the form are its files, and a run that has ended loads its page anew. */
(() => {
  "use strict";
  const form = document.querySelector("form.drop");
  if (form) {
    const input = form.querySelector("input[type=file]");
    for (const name of ["dragover", "dragenter"]) {
      form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
    }
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; form.requestSubmit(); }
    });
    const sending = form.querySelector(".sending");
    form.addEventListener("submit", () => { sending.textContent = sending.dataset.sending; });
    window.addEventListener("pageshow", () => { sending.textContent = ""; });
    input.addEventListener("change", () => { if (input.files.length) form.requestSubmit(); });
  }
  document.addEventListener("htmx:sseClose", (event) => {
    const watched = event.target.closest ? event.target.closest("[data-reload-on]") : null;
    if (watched) location.reload();
  });
})();
