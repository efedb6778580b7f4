// Keeps the page fresh: fetches the part that changes every few seconds, and says so when the hub
// cannot be reached. Without this script the page reloads itself.
"use strict";

(() => {
  const EVERY_MS = 5000;
  const GIVE_UP_MS = 8000;

  const live = document.getElementById("live");
  const updated = document.getElementById("updated");
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  let timer = 0;
  let busy = false;
  let lastGood = new Date();
  let lastNews = live.querySelector("#head")?.dataset.news;

  // A screen reader hears a change of state once, not every refresh.
  function tell(text) {
    news.textContent = text;
  }

  function reading() {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && live.contains(selection.anchorNode);
  }

  function show(html) {
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    // What was unfolded stays so.
    const unfolded = [...live.querySelectorAll("details[open]")].map((details) => details.id);
    live.innerHTML = html;
    for (const id of unfolded) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    if (focused) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    const head = live.querySelector("#head");
    document.title = head?.dataset.title ?? document.title;
    if (head && head.dataset.news !== lastNews) {
      lastNews = head.dataset.news;
      tell(lastNews);
    }
  }

  function reached() {
    lastGood = new Date();
    updated.textContent = `updated ${lastGood.toLocaleTimeString()}`;
    if (!lost.hidden) {
      lost.hidden = true;
      document.body.classList.remove("unreachable");
      tell("The hub answers again.");
    }
  }

  function unreachable(why) {
    const text = `Hub unreachable since ${lastGood.toLocaleTimeString()}: what you see is old. ${why}`;
    if (lost.hidden) {
      lost.hidden = false;
      document.body.classList.add("unreachable");
      tell(text);
    }
    lost.textContent = text;
  }

  async function refresh() {
    if (busy) {
      return;
    }
    busy = true;
    clearTimeout(timer);
    const giveUp = new AbortController();
    const deadline = setTimeout(() => giveUp.abort(), GIVE_UP_MS);
    try {
      const answer = await fetch(live.dataset.fragment, { signal: giveUp.signal, cache: "no-store" });
      if (answer.status === 404) {
        unreachable("The hub does not know this node any more.");
      } else if (!answer.ok) {
        unreachable(`It answers with status ${answer.status}.`);
      } else {
        const html = await answer.text();
        // Text that is being selected is not taken away under the pointer.
        if (!reading()) {
          show(html);
        }
        reached();
      }
    } catch {
      unreachable("Trying again.");
    } finally {
      clearTimeout(deadline);
      busy = false;
      timer = setTimeout(refresh, EVERY_MS);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
    } else {
      refresh();
    }
  });
  updated.textContent = `updated ${lastGood.toLocaleTimeString()}`;
  timer = setTimeout(refresh, EVERY_MS);
})();
