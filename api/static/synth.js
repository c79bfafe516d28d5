/* What every page can do beyond its forms and links: keys, the choice of colours, menus that close. No state is kept here. */
(() => {
  "use strict";
  const year = 31536000;

  // --- Colours: the style sheet reads the radio; the cookie makes the next page begin with it.
  document.addEventListener("change", (event) => {
    const radio = event.target;
    if (radio instanceof HTMLInputElement && radio.name === "theme") {
      document.cookie = `synth_theme=${radio.value}; path=/; max-age=${year}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    }
  });

  // --- Menus close by Escape and by a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.you[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // --- Keys: an element with data-key="a" is clicked by that key, the first visible one. Off in fields, with modifiers,
  // and where somebody switched them off (localStorage synth_keys = "off"). A key amid others is typing that missed its
  // field, perhaps because the page was not ready when the field was asked for: it sends nothing.
  const typing = 300;
  let typed = -Infinity;
  const inField = (target) => target instanceof Element && target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const visible = (element) => element.getClientRects().length > 0 && !element.closest("[inert]") && !element.disabled;
  const keysOn = () => { try { return localStorage.getItem("synth_keys") !== "off"; } catch { return true; } };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.you[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || !keysOn()) return;
    if (event.key.length > 1) return; // Escape and the like: no letter, so no typing either
    const wanted = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key && visible(one));
    const amid = event.repeat || event.timeStamp - typed < typing;
    typed = event.timeStamp;
    if (!wanted) return;
    event.preventDefault();
    if (amid && wanted.matches("[type=submit]")) return;
    if (wanted.matches("input, textarea, select")) { wanted.focus(); } else { wanted.click(); }
  });

  // --- Ctrl+Enter (Command on a Mac) sends the form in which the cursor stands, by its own button. Where a form has
  // several, as to accept and to reject, neither that nor Enter presses the first of them: the reason was for another.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.key !== "Enter" || !event.target.matches("input, textarea, select")) return;
    const form = event.target.closest("main form[method=post]");
    if (!form) return;
    const sends = [...form.elements].filter((one) => one.matches("button[type=submit]"));
    const enough = event.ctrlKey || event.metaKey;
    if (sends.length > 1 && (enough || event.target.matches("input"))) { event.preventDefault(); return; }
    if (!enough || event.repeat || !inField(event.target) || sends.length !== 1 || sends[0].disabled) return;
    event.preventDefault();
    form.requestSubmit(sends[0]);
  });

  // --- A bar that is wider than the screen begins where the page stands in it.
  for (const current of document.querySelectorAll("nav [aria-current]")) {
    for (const row of [current.closest("ul"), current.closest("nav")]) {
      if (!row || row.scrollWidth <= row.clientWidth) continue;
      const place = current.getBoundingClientRect();
      row.scrollLeft += place.left - row.getBoundingClientRect().left - (row.clientWidth - place.width) / 2;
    }
  }

  // --- A fragment may carry a newer form token: htmx sends the one of the body.
  document.addEventListener("htmx:configRequest", (event) => {
    const field = document.querySelector("input[name=csrf]");
    if (field && !event.detail.headers["X-CSRF-Token"]) event.detail.headers["X-CSRF-Token"] = field.value;
  });

  // --- Forms with data-once are sent once: a second click while the answer is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
})();
