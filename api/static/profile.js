/* Single keys can be switched off for this browser (WCAG 2.1.4). */
(() => {
  "use strict";
  const box = document.getElementById("keys-on");
  if (!box) return;
  try { box.checked = localStorage.getItem("synth_keys") !== "off"; } catch { box.disabled = true; }
  box.addEventListener("change", () => localStorage.setItem("synth_keys", box.checked ? "on" : "off"));
})();
