"use strict";
// Gradio names empty pictures for screen readers, but gives them no role for which a name counts.
new MutationObserver(() => {
  for (const each of document.querySelectorAll("div[aria-label]:not([role])")) each.setAttribute("role", "group");
}).observe(document.documentElement, { childList: true, subtree: true });
