// Only in a page that `tripoint serve` gives: it loads itself anew when there is a newer one, and stays where it was.

const KEPT = "tripoint";

function keepPlace() {
  const view = document.getElementById(`view-${currentView}`);
  sessionStorage.setItem(KEPT, JSON.stringify({
    top: window.scrollY,
    fields: [...view.querySelectorAll("input, select")].map((field) => [field.id, field.value]),
    pressed: [...view.querySelectorAll(".chip[aria-pressed=true]")].map((button) => button.dataset.chip),
    open: [...view.querySelectorAll("details.finding[open]")].map((card) => card.id),
  }));
}

function takePlace() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (!kept) return;
  const view = document.getElementById(`view-${currentView}`);
  for (const [id, value] of kept.fields) {
    const field = id && document.getElementById(id);
    if (!field || !view.contains(field) || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input"));
  }
  for (const button of view.querySelectorAll(".chip")) {
    if (kept.pressed.includes(button.dataset.chip)) button.click();
  }
  for (const id of kept.open) {
    const card = document.getElementById(id);
    if (card) card.open = true;
  }
  // What opens is filled in by its own event, after this.
  setTimeout(() => window.scrollTo(0, kept.top));
}

function follow() {
  const banner = h("p", { class: "live", role: "status", hidden: true });
  document.querySelector(".top").after(banner);
  const tell = (text) => {
    banner.textContent = text;
    banner.hidden = !text;
  };
  const source = new EventSource("events");
  source.addEventListener("version", (event) => {
    if (event.data === DATA.live) return;
    source.close();
    keepPlace();
    location.reload();
  });
  source.addEventListener("problem", (event) => tell(event.data && `This is the last report: ${event.data}`));
  source.addEventListener("error", () => tell("tripoint serve has ended. This page is renewed when it runs again."));
}

takePlace();
follow();
