/* What every page can do beyond its forms and links: keys, the choice of colours, menus that close, what was typed and not sent. */
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

  // --- What was typed into a form is kept in this tab until a page shows that it arrived. Where the session had ended, or
  // nobody answered, it stands in its form again, unsent, once its page is back: for whoever typed it, and nobody else.
  // Never a password.
  const KEPT = "synth_typed";
  const remembered = () => { try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; } };
  const remember = (kept) => { try { sessionStorage.removeItem(KEPT); if (kept) sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* too large: kept nowhere */ } };
  const typedInto = (form) => [...form.elements].filter((one) => one.name && one.matches("textarea, select, input:not([type=hidden], [type=password], [type=file])"));
  // One address may accept and reject, or be of many accounts: the hidden fields say which, but for who sends it and the version seen.
  const kindOf = (form) => JSON.stringify([form.getAttribute("action"), ...[...form.elements].filter((one) => one.type === "hidden" && !["csrf", "seen"].includes(one.name)).map((one) => [one.name, one.value])]);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.closest("main") || form.matches("[data-unsent]")) return;
    const typed = typedInto(form).map((one) => ({ name: one.name, value: one.value, ticked: one.matches("[type=checkbox], [type=radio]") ? one.checked : null, chosen: one.matches("select") }));
    if (typed.length) remember({ who: live.dataset.who, page: location.pathname, form: kindOf(form), typed });
  });
  function bringBack(kept) {
    const say = (words) => { live.textContent = words; live.className = "said-now"; };
    const form = [...document.querySelectorAll("main form[method=post]")].find((one) => kindOf(one) === kept.form);
    if (!form) {
      say(live.dataset.typedLost);
      const words = kept.typed.filter((one) => one.value.trim() && one.ticked === null && !one.chosen).map((one) => one.value).join("\n\n");
      live.append(Object.assign(document.createElement("span"), { className: "typed", textContent: words }));
      return;
    }
    const fields = typedInto(form);
    for (const { name, value, ticked } of kept.typed) {
      const at = fields.findIndex((one) => one.name === name && (ticked === null || one.value === value));
      if (at < 0) continue;
      const [field] = fields.splice(at, 1); // the next of its name is another row
      if (ticked !== null) field.checked = ticked; else field.value = value;
    }
    for (let one = form.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    say(live.dataset.typedBack);
    typedInto(form)[0].focus();
  }
  const live = document.getElementById("live");
  if (live.dataset.who && remembered() && remembered().who !== live.dataset.who) remember(null);
  const kept = remembered();
  if (kept && document.querySelector("[data-unsent]")) {
    remember({ ...kept, unsent: true });
    live.textContent = live.dataset.typedWaits;
    live.className = "said-now";
  } else if (kept && (kept.unsent || performance.getEntriesByType("navigation")[0]?.type === "back_forward")) {
    if (kept.page === location.pathname) { remember(null); bringBack(kept); }
  } else if (kept) remember(null);
  document.addEventListener("submit", (event) => { if (event.target.matches("[action='/logout']")) remember(null); });

  // --- Forms with data-once are sent once: a second click while the answer is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && remembered()?.unsent) location.reload(); else for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
})();
