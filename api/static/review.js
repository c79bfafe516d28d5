/* The review pages: a form that opens is ready to be typed in, and Escape leaves it. Keys themselves are in synth.js. */
(() => {
  "use strict";
  // At once, since a browser tells of the opening only later, and what is typed meanwhile would be taken for keys.
  document.addEventListener("click", (event) => {
    const act = event.target instanceof Element && event.target.closest(".act > summary")?.parentElement;
    if (!act) return;
    event.preventDefault();
    act.open = !act.open;
    begin(act);
  });
  document.addEventListener("toggle", (event) => begin(event.target), true);
  function begin(act) {
    if (!(act instanceof HTMLDetailsElement) || !act.matches(".act, .keys") || !act.open) return;
    const field = act.querySelector("textarea, input:not([type=hidden]), select");
    if (!field || act.contains(document.activeElement?.closest("form"))) return;
    field.focus();
    if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  }
  // A part of a drawing opens the words behind it, and the map stays where it is.
  document.addEventListener("click", (event) => {
    const part = event.target instanceof Element && event.target.closest("svg a.to");
    const words = part && document.getElementById(part.getAttribute("href").slice(1));
    const claim = words && words.closest("details");
    if (!claim) return;
    event.preventDefault();
    for (let one = claim; one; one = one.parentElement.closest("details")) one.open = true;
    claim.querySelector("summary").focus({ preventScroll: true });
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const act = document.querySelector(".act[open], .keys[open]");
    if (act) { act.open = false; act.querySelector("summary").focus(); event.preventDefault(); return; }
    const field = document.activeElement;
    if (field && field.matches("textarea, input")) { field.blur(); return; }
    const claim = document.querySelector("details.claim[open]");
    if (claim) { claim.open = false; claim.querySelector("summary").focus(); }
  });
})();
