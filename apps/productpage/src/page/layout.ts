import { type Html, html } from '../html';

/** The frame around every page. Needs no script: the sign-in dialog is a popover. */
export function layout({ user, main }: { readonly user?: string; readonly main: Html }): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Simple Bookstore App</title>
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header class="bar">
<div class="wrap">
<a class="brand" href="/productpage"><img src="/static/favicon.svg" alt="" width="28" height="28">Bookinfo</a>
<nav>${user === undefined ? signInButton : account(user)}</nav>
</div>
</header>
<main class="wrap">
${main}
</main>
${user === undefined && signInDialog}
</body>
</html>
`.markup;
}

const signInButton = html`<button type="button" class="button" popovertarget="sign-in">Sign in</button>`;

const signInDialog = html`<div id="sign-in" class="dialog" popover role="dialog" aria-labelledby="sign-in-title">
<form method="post" action="/login">
<h2 id="sign-in-title">Sign in</h2>
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" maxlength="64" required autofocus>
<label for="password">Password</label>
<input id="password" name="passwd" type="password" autocomplete="current-password">
<p class="hint">Any password will do. <b>jason</b> is the tester in the canary tasks.</p>
<div class="actions">
<button type="button" class="button quiet" popovertarget="sign-in" popovertargetaction="hide">Cancel</button>
<button type="submit" class="button">Sign in</button>
</div>
</form>
</div>`;

function account(user: string): Html {
  const initial = [...user][0] ?? '';
  return html`<span class="user"><span class="avatar" aria-hidden="true">${initial.toUpperCase()}</span><span id="user">${user}</span></span>
<a class="button quiet" href="/logout">Sign out</a>`;
}
