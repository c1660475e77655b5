// An invitation's link has its code behind the #, which a browser never sends: no log, no history of a proxy and no Referer has it.
// Here it goes into the form's field, and out of the address, so that the browser's own history does not keep it either.
// Without scripts one pastes the code.
import "./plain.js";

const code = document.getElementById("code");

function takeOver() {
  const given = location.hash.slice(1);
  if (!given.startsWith("bati_")) return;
  history.replaceState(null, "", location.pathname);
  code.value = given;
  document.getElementById("password").focus();
}

takeOver();
// A second link opened in the same tab loads nothing anew.
addEventListener("hashchange", takeOver);
