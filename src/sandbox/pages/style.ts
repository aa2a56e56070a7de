/** The one style sheet of the sandbox's pages: light and dark, from a phone's width upwards. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f2f3ef; --surface: #ffffff; --sunken: #f7f8f5; --ink: #1b2326; --muted: #576268; --line: #dcdfd8;
  --accent: #176259; --on-accent: #ffffff; --accent-soft: #e0efeb;
  --own: #176259; --on-own: #ffffff;
  --warn: #fff0cf; --on-warn: #523500; --warn-line: #e9bf62; --bad: #a3232b;
  --radius: 12px; --shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 8px 24px rgb(0 0 0 / 6%);
}
.guest { --accent: #5256b8; --accent-soft: #e9eafa; --own: #5256b8; }
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111517; --surface: #1a2022; --sunken: #151a1c; --ink: #e7ebea; --muted: #a2adb0; --line: #313a3d;
    --accent: #74c9bb; --on-accent: #06211d; --accent-soft: #1d3a36;
    --own: #1d564e; --on-own: #edfaf7;
    --warn: #3a2b08; --on-warn: #ffe0a1; --warn-line: #6d5318; --bad: #ff9d97;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%);
  }
  .guest { --accent: #b3b6ff; --on-accent: #14163d; --accent-soft: #2b2d55; --own: #43479a; --on-own: #f3f3ff; }
}

*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; min-height: 100dvh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Open Sans', sans-serif;
}
h1, h2, h3, p, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; }
h3 { font-size: 1rem; }
a { color: inherit; }
small { display: block; font-size: .8rem; color: var(--muted); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.banner {
  padding: .5rem 1.25rem; text-align: center;
  background: var(--warn); color: var(--on-warn); border-bottom: 1px solid var(--warn-line);
}
.top {
  display: flex; flex-wrap: wrap; gap: .75rem 2rem; align-items: end; justify-content: space-between;
  width: 100%; max-width: 1400px; margin: 0 auto; padding: 1.25rem 1.25rem 0;
}
.top p { color: var(--muted); }
.places { display: flex; gap: .25rem; padding: .25rem; background: var(--surface); border: 1px solid var(--line); border-radius: 999px; }
.places a { padding: .25rem .85rem; border-radius: 999px; text-decoration: none; color: var(--muted); white-space: nowrap; }
.places a:hover { color: var(--ink); }
.places a[aria-current='page'] { background: var(--accent-soft); color: var(--ink); font-weight: 600; }
#connection:not(:empty), .notice {
  width: 100%; max-width: calc(1400px - 2.5rem); margin: .75rem auto 0; padding: .5rem .85rem; border-radius: var(--radius);
  background: var(--warn); color: var(--on-warn); border: 1px solid var(--warn-line);
}

main { flex: 1; display: grid; gap: 1.25rem; width: 100%; max-width: 1400px; margin: 0 auto; padding: 1.25rem; }
.pane {
  container-type: inline-size; display: flex; flex-direction: column; min-width: 0; height: 85dvh; overflow: hidden;
  background: var(--surface); border: 1px solid var(--line); border-radius: 20px; box-shadow: var(--shadow);
}
.pane > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5rem; padding: .85rem 1.1rem .6rem; }
.pane > header p { color: var(--muted); }
.single .pane { width: 100%; margin: 0 auto; }
.single .guest { max-width: 480px; }
.single .desk { max-width: 1000px; }
@media (min-width: 900px) {
  body { height: 100dvh; min-height: 560px; }
  main { grid-template-rows: minmax(0, 1fr); min-height: 0; }
  .both { grid-template-columns: minmax(300px, 400px) minmax(0, 1fr); }
  .pane { height: auto; }
}

.tabs { display: flex; gap: .4rem; overflow-x: auto; padding: 3px 1.1rem .4rem; }
.tabs a, .threads a {
  display: flex; align-items: center; gap: .6rem; padding: .4rem .6rem; border-radius: var(--radius);
  text-decoration: none; line-height: 1.25;
}
.tabs a { border: 1px solid var(--line); white-space: nowrap; }
.tabs a:hover, .threads a:hover { background: var(--sunken); }
.tabs a[aria-current='page'], .threads a[aria-current='page'] { background: var(--accent-soft); border-color: transparent; }
.avatar {
  flex: none; display: grid; place-items: center; width: 2.1rem; height: 2.1rem; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); font-size: .78rem; font-weight: 700;
}
.new-guest { margin: 0 1.1rem; padding-bottom: .6rem; font-size: .9rem; }
.new-guest summary { display: inline-block; color: var(--accent); font-weight: 600; cursor: pointer; }
.new-guest summary::before { content: '+ '; }
.new-guest form { display: grid; gap: .6rem; margin-top: .5rem; }
.new-guest label { display: grid; gap: .15rem; }
.as { display: flex; grid-column: 1 / -1; align-items: center; gap: .5rem; font-size: .85rem; color: var(--muted); }
.as input { flex: 1; min-width: 0; padding: .25rem .5rem; }

.log { flex: 1; min-height: 8rem; overflow-y: auto; display: flex; flex-direction: column-reverse; background: var(--sunken); }
.guest .log { border-top: 1px solid var(--line); }
.log:focus-visible { outline-offset: -3px; }
.log ol { display: flex; flex-direction: column; gap: .6rem; margin-bottom: auto; padding: 1.1rem; }
.empty { margin: auto; padding: 2rem 1.25rem; color: var(--muted); text-align: center; }
.bubble { align-self: start; display: flex; flex-direction: column; align-items: start; max-width: min(85%, 36rem); }
.bubble .text {
  padding: .55rem .85rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext;
  background: var(--surface); border: 1px solid var(--line); border-radius: 4px 16px 16px;
}
.bubble.own { align-self: end; align-items: end; text-align: end; }
.bubble.own .text { text-align: start; background: var(--own); border-color: var(--own); color: var(--on-own); border-radius: 16px 4px 16px 16px; }
.author, .note { font-size: .78rem; color: var(--muted); }
.author { font-weight: 600; }
.note form { display: inline; }
.hint { padding: .7rem 1.1rem 0; font-size: .88rem; color: var(--muted); }
.bad { color: var(--bad); }

button, input, select, textarea { font: inherit; color: inherit; }
input, select, textarea {
  width: 100%; padding: .45rem .7rem; background: var(--surface); border: 1px solid var(--muted); border-radius: 8px;
}
textarea { resize: none; }
::placeholder { color: var(--muted); opacity: 1; }
button { padding: .4rem .9rem; background: var(--surface); border: 1px solid var(--muted); border-radius: 8px; cursor: pointer; }
button:hover { background: var(--accent-soft); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.primary:hover { filter: brightness(1.1); }
.note button { padding: 0 .5rem; }
.suggestion { padding: .7rem 1.1rem 0; }
.suggestion button { width: 100%; text-align: start; border-style: dashed; border-color: var(--accent); border-radius: var(--radius); }
.suggestion span { color: var(--accent); font-weight: 600; }
.compose { display: grid; grid-template-columns: 1fr auto; gap: .6rem; align-items: end; padding: .7rem 1.1rem 1rem; }

.desk { border-radius: var(--radius); }
.desk-body { flex: 1; display: flex; flex-direction: column; min-height: 0; border-top: 1px solid var(--line); }
.desk-body > nav { max-height: 11rem; overflow-y: auto; border-bottom: 1px solid var(--line); }
.threads { display: grid; grid-template-columns: minmax(0, 1fr); gap: .15rem; padding: .5rem; }
.threads a > span:nth-child(2) { flex: 1; min-width: 0; }
.threads strong, .threads small { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.threads strong { font-weight: inherit; }
.threads .waiting strong { font-weight: 650; }
.badge { flex: none; padding: .05rem .55rem; border-radius: 999px; font-size: .75rem; background: var(--sunken); border: 1px solid var(--line); color: var(--muted); }
.waiting .badge { flex: none; background: var(--warn); border-color: var(--warn-line); color: var(--on-warn); }
.thread { flex: 1; display: flex; flex-direction: column; min-width: 0; min-height: 0; }
.heading { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .7rem 1.1rem; border-bottom: 1px solid var(--line); }
.heading > div { min-width: 0; }
.heading p { color: var(--muted); overflow-wrap: anywhere; font-size: .88rem; }
@container (min-width: 620px) {
  .desk-body { flex-direction: row; }
  .desk-body > nav { flex: none; width: 300px; max-height: none; border-block: 0; border-inline-end: 1px solid var(--line); }
}
`

/** The pages' icon. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#176259"/><path d="M8 9h16v11H15l-5 4v-4H8z" fill="#fff"/></svg>`
