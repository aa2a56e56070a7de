import { palette } from '../../util/html.ts'

/** The console's one style sheet: light and dark, from a phone's width upwards. */
export const style = `
${palette}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Open Sans', sans-serif;
}
h1, h2, h3, p, ol, ul, dl, dd { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 1.5rem 0 .6rem; font-size: 1.1rem; }
h3 { font-size: 1rem; }
a { color: inherit; text-underline-offset: .2em; }
small { display: block; font-size: .82rem; color: var(--muted); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: .5rem; top: .5rem; padding: .5rem 1rem; background: var(--surface); z-index: 1; }
.id { overflow-wrap: anywhere; }
.bad { color: var(--bad); }

.top {
  display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; padding: .7rem max(1rem, calc(50vw - 32rem));
  background: var(--surface); border-bottom: 1px solid var(--line);
}
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; text-decoration: none; }
.top nav { display: flex; flex-wrap: wrap; gap: .25rem; margin-inline-end: auto; }
.top nav a { padding: .3rem .8rem; border-radius: 999px; text-decoration: none; color: var(--muted); }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { background: var(--accent-soft); color: var(--ink); font-weight: 600; }
#connection { margin: 0; }
#connection:not(:empty) { padding: .5rem 1rem; text-align: center; background: var(--warn); color: var(--on-warn); }
.outages p { padding: .6rem max(1rem, calc(50vw - 32rem)); background: var(--warn); color: var(--on-warn); overflow-wrap: anywhere; }
.outages p + p { border-top: 1px solid var(--ground); }
.outages small { color: inherit; }
main { max-width: 66rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }

button, input, select { font: inherit; color: inherit; }
input, select { width: 100%; padding: .45rem .7rem; background: var(--surface); border: 1px solid var(--muted); border-radius: 8px; }
::placeholder { color: var(--muted); opacity: 1; }
button { padding: .35rem .8rem; background: var(--surface); border: 1px solid var(--muted); border-radius: 8px; cursor: pointer; }
button:hover { background: var(--accent-soft); }
button.primary { padding: .45rem 1.1rem; background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.primary:hover { filter: brightness(1.1); }
label { display: grid; gap: .2rem; font-size: .85rem; color: var(--muted); }
label input, label select { font-size: 15px; color: var(--ink); }
.actions { display: flex; flex-wrap: wrap; gap: .4rem; }
.actions button { font-size: .85rem; padding: .2rem .7rem; }

.filter { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0; }
.filter label { flex: 1 1 8.5rem; }
.filter label:first-child { flex: 3 1 16rem; }
.rows { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows > li > a {
  display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: .25rem 1rem; align-items: center;
  padding: .6rem 1rem; text-decoration: none;
}
.rows > li > a:hover { background: var(--sunken); }
.rows > li > a:focus-visible { outline-offset: -3px; }
.who strong { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.badges { display: flex; flex-wrap: wrap; gap: .3rem; justify-content: end; }
.failures > li { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; justify-content: space-between; padding: .7rem 1rem; }
.failures > li > div { flex: 1 1 18rem; min-width: 0; overflow-wrap: anywhere; }
.words { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; white-space: pre-wrap; unicode-bidi: plaintext; }
.badge { padding: .05rem .6rem; border-radius: 999px; font-size: .78rem; white-space: nowrap; background: var(--sunken); }
.badge.waiting, .badge.twice, .badge.unreplied { background: var(--warn); color: var(--on-warn); }
.badge.failed { background: var(--bad-soft); color: var(--bad); }
.badge.fine { background: var(--fine); color: var(--on-fine); }
.empty { padding: 1.5rem 1rem; color: var(--muted); text-align: center; background: var(--surface); border: 1px dashed var(--line); border-radius: 12px; }
.paging { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
.paging a { padding: .35rem .9rem; border: 1px solid var(--muted); border-radius: 8px; text-decoration: none; }
.paging a:hover { background: var(--accent-soft); }

.heading { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 1rem; align-items: center; }
.heading p, .downloads { color: var(--muted); font-size: .9rem; }
.chat { display: flex; flex-direction: column; gap: .9rem; padding: 1.1rem; background: var(--sunken); border: 1px solid var(--line); border-radius: 12px; }
.chat:empty { display: none; }
.bubble { display: flex; flex-direction: column; align-items: start; gap: .15rem; max-width: min(88%, 38rem); }
.bubble.reply { align-self: end; align-items: end; }
.author { font-size: .8rem; font-weight: 600; color: var(--muted); }
.text { padding: .55rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; background: var(--surface); border: 1px solid var(--line); border-radius: 4px 16px 16px; }
.reply .text { background: var(--accent-soft); border-color: transparent; border-radius: 16px 4px 16px 16px; }
.connector .text { border-style: dashed; border-color: var(--muted); background: none; }
.text.none { color: var(--muted); font-style: italic; }
.failed .text { border: 1px solid var(--bad); }
.native { font: .72rem ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
.reason { margin: .8rem 0 0; padding: .55rem .9rem; border-radius: 10px; background: var(--warn); color: var(--on-warn); }
.note { font-size: .8rem; color: var(--muted); overflow-wrap: anywhere; }
.reply .note { text-align: end; }
.failed .state { color: var(--bad); }
.twice .state { font-weight: 600; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.card { padding: .9rem 1.1rem; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
.card h2, .card h3 { margin: 0 0 .5rem; }
section.card { margin-top: 1rem; }
.cards section.card { margin: 0; }
dl { display: grid; gap: .35rem; }
dl div { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); gap: .2rem 1rem; }
dt { color: var(--muted); }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; margin-bottom: .6rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem 1rem; text-align: start; white-space: nowrap; }
thead th { font-size: .82rem; color: var(--muted); border-bottom: 1px solid var(--line); }
tbody th { font-weight: 500; }
td.wrap { min-width: 11rem; white-space: normal; overflow-wrap: anywhere; }
.sign-in, .message { display: grid; gap: .9rem; max-width: 24rem; margin: 12dvh auto 0; padding: 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 16px; }
@media (max-width: 34rem) {
  .brand { margin-inline-end: auto; }
  .top nav { order: 1; width: 100%; justify-content: space-between; }
  .filter button { width: 100%; }
  .rows > li > a { grid-template-columns: minmax(0, 1fr) auto; }
  .rows .badges { grid-column: 1 / -1; grid-row: 2; justify-content: start; }
  .rows .badges:not(:has(.badge)) { display: none; }
  dl div { grid-template-columns: minmax(0, 1fr); }
  .bubble { max-width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { button, a { transition: background .12s; } }
`
