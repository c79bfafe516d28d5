/* Interviews and findings: keys through the margin, ticking all that is shown, and a line that is on another part. */
(() => {
  "use strict";
  const keysOn = () => { try { return localStorage.getItem("synth_keys") !== "off"; } catch { return true; } };
  const inField = (target) => target instanceof Element && target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");

  // --- J and K: the next and the previous finding in the margin.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || !keysOn()) return;
    if (event.key !== "j" && event.key !== "k") return;
    const notes = [...document.querySelectorAll(".notes a, .flist tbody th a")];
    if (!notes.length) return;
    const at = notes.indexOf(document.activeElement);
    const top = at >= 0 ? at : notes.findIndex((one) => one.getBoundingClientRect().top > 60) - (event.key === "j" ? 1 : 0);
    const next = notes[Math.max(0, Math.min(notes.length - 1, top + (event.key === "j" ? 1 : -1)))];
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "center" });
  });

  // --- All that is shown on this page, and nothing else, can be ticked at once.
  const all = document.querySelector(".tick-all");
  if (all) {
    all.hidden = false;
    all.querySelector("input").addEventListener("change", (event) => {
      for (const box of document.querySelectorAll(".chooser input[name=chosen]")) box.checked = event.target.checked;
    });
  }

  // --- An address with #l500 may be of another part of a long interview.
  const wanted = /^#l(\d+)$/.exec(location.hash);
  const script = document.querySelector(".script[data-last]");
  if (wanted && script && !document.getElementById(`l${wanted[1]}`)) {
    const address = new URL(location.href);
    if (address.searchParams.get("line") !== wanted[1]) {
      address.searchParams.set("line", wanted[1]);
      location.replace(address);
    }
  }

  // --- The form of a finding by hand: one at a time, with the focus on its kind.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target instanceof Element && event.target.matches(".hand-slot")) {
      for (const slot of document.querySelectorAll(".hand-slot")) if (slot !== event.target) slot.replaceChildren();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof Element && event.target.matches(".hand-slot")) event.target.querySelector("input[name=kind]:checked")?.focus();
  });
})();
