// Shows what is pushed to this browser, and leads to the page. The shape is PushMessage of shared/contracts.
function read(event) {
  try {
    const { id, title, body, level, at } = event.data.json();
    const timestamp = Date.parse(at);
    return {
      title: String(title),
      options: {
        body: String(body),
        // A repeat takes the place of what is shown already.
        tag: String(id),
        timestamp: Number.isNaN(timestamp) ? Date.now() : timestamp,
        requireInteraction: level === "critical",
        icon: "/favicon.svg",
      },
    };
  } catch {
    // Browsers want to see something for each push, and end a subscription that shows nothing.
    return { title: "XSEMA", options: { body: "There is a new notification." } };
  }
}

self.addEventListener("push", (event) => {
  const { title, options } = read(event);
  event.waitUntil(self.registration.showNotification(title, options));
});

async function openPage() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.length > 0) return windows[0].focus();
  return self.clients.openWindow("/");
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});
