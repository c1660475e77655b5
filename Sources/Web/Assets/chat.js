// The customer's chat, live: new words, who answers, and sending without leaving the page.
import { listen, refresh, send } from "./live.js";

const main = document.getElementById("main");
const kinds = ["message.received", "message.sent", "conversation.handed_over", "conversation.claimed", "conversation.handed_back", "conversation.resolved", "conversation.reopened", "reset"];
if (main.dataset.events) listen(main.dataset.events, kinds, refresh);
for (const form of document.querySelectorAll("form[data-send]")) send(form);
