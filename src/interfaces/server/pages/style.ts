// The style of the server's pages, as text for the same reason as the script. Light and dark by the reader's setting,
// or by their choice on the page.

// The colours, sizes and the remembered theme are those of the dashboard (dashboard/src/tokens.css), so that going from one to the other is no break.

const LIGHT = `--page:#f6f7f9;--panel:#ffffff;--sunken:#eef0f3;--line:#d9dde3;--strong:#868e9a;--text:#14171c;--muted:#4a525e;--accent:#1f4fd8;--on-accent:#ffffff;--accent-soft:#e8eefc;--second:#ed550a;--get:#0b6b3a;--post:#1f4fd8;--put:#8a5200;--delete:#b3261e;--patch:#77045f;--good:#0b6b3a;--bad:#b3261e`
const DARK = `--page:#0e1013;--panel:#15181d;--sunken:#0a0c0e;--line:#2b3038;--strong:#6b7482;--text:#edf0f4;--muted:#b0b8c4;--accent:#8fb0ff;--on-accent:#0b1020;--accent-soft:#1b2747;--second:#f1b490;--get:#5fd08f;--post:#8fb0ff;--put:#f2b84b;--delete:#ff8f86;--patch:#e664a7;--good:#5fd08f;--bad:#ff8f86`

export const STYLE = `:root{${LIGHT};--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
:root[data-theme=dark]{${DARK};color-scheme:dark}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{scroll-padding-top:4rem;scrollbar-width:thin;scrollbar-color:var(--strong) transparent;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:14px/1.5 ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
p a,li>a:not([href^="#"]){text-decoration:underline;text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
code,pre,.path,textarea{font-family:var(--mono);font-size:.9em}
:not(pre)>code{background:var(--sunken);border:1px solid var(--line);border-radius:4px;padding:.05em .35em}
h1{font-size:20px;line-height:28px;font-weight:600;margin:0 0 .25rem}
h4{margin:1.2rem 0 .4rem;font-size:13px;font-weight:500;color:var(--muted)}
p{margin:.4rem 0}
button,input,textarea{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--strong);border-radius:6px;padding:.3rem .65rem}
input{background:var(--page);min-height:32px}
input::placeholder{color:var(--muted)}
button{cursor:pointer;font-weight:500;min-height:32px}
button:hover{background:var(--sunken)}
button.primary{background:var(--accent);color:var(--on-accent);border-color:var(--accent)}
.muted,.version{color:var(--muted)}
.lead{color:var(--muted);max-width:44rem}
.required{color:var(--bad);margin-left:.15em}
.top{position:sticky;top:0;z-index:2;display:flex;align-items:center;gap:.9rem;height:48px;padding:0 1.25rem;background:var(--panel);border-bottom:1px solid var(--line)}
.brand{display:flex;align-items:center;gap:.6rem;font-weight:600;color:var(--text);font-size:16px}
.brand:hover{text-decoration:none}
.top input{flex:1;max-width:26rem;min-width:0}
.top button[data-theme-switch]{margin-left:auto;white-space:nowrap}
.menu{display:none}
.layout{display:grid;grid-template-columns:19rem minmax(0,1fr);align-items:start}
.side{position:sticky;top:48px;height:calc(100vh - 48px);overflow:auto;padding:1rem .8rem 3rem 1.2rem;border-right:1px solid var(--line);background:var(--panel)}
.side h2{margin:1rem 0 .2rem;padding:0 .4rem;font-size:12px;font-weight:500}
.side h2 a::first-letter{text-transform:uppercase}
.side h2 a{display:inline-block}
.side h2 a{color:var(--muted)}
.side ul{list-style:none;margin:0;padding:0}
.side li a{display:flex;gap:.5rem;align-items:baseline;padding:.22rem .4rem;border-radius:6px;color:var(--text);font-size:13px;overflow-wrap:anywhere}
.side li a:hover{background:var(--sunken);text-decoration:none}
main{padding:1.5rem clamp(1rem,3vw,2rem) 6rem;max-width:68rem;width:100%;min-width:0}
.narrow{margin:0 auto}
.badge{flex:none;display:inline-block;min-width:3.4rem;text-align:center;font:600 11px/18px var(--mono);border:1px solid currentColor;border-radius:4px;padding:0 .3rem}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}.patch{color:var(--patch)}
.group{margin-top:2rem}
.group>h2{font-size:16px;font-weight:600;text-transform:capitalize;margin:0}
.group>p{color:var(--muted);margin:0}
article,.schema{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:1rem;margin:1rem 0;min-width:0}
article:target,.schema:target{border-color:var(--accent)}
article h3{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:0 0 .5rem;font-size:1rem}
article h3 .path{overflow-wrap:anywhere;font-weight:600}
var{font-style:normal;color:var(--accent)}
.anchor{margin-left:auto;color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92em}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line);font-weight:400}
th,td:nth-child(2){white-space:nowrap;width:1%}
td:last-child{overflow-wrap:anywhere;min-width:9rem}
.fields{list-style:none;margin:.2rem 0;padding:0}
.fields li{padding:.3rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.fields .fields,.branches .fields{margin:.3rem 0 .1rem;padding-left:.9rem;border-left:2px solid var(--line)}
.branches{list-style:none;margin:0;padding:0}
.type{color:var(--muted);font-size:.9em}
.note{display:block;color:var(--muted);font-size:.9em}
.schema h3{margin:0 0 .3rem;font-size:1rem}
.schema-name{font-weight:600}
.snippet{position:relative;margin:1.2rem 0 0}
.snippet pre,.answer{margin:0;background:var(--sunken);color:var(--text);border:1px solid var(--line);border-radius:6px;padding:.75rem;font-size:12px;overflow-x:auto;white-space:pre}
.snippet code{background:none;border:0;padding:0}
.snippet button{position:absolute;top:.45rem;right:.45rem;padding:.1rem .5rem;min-height:26px;font-size:12px}
.response{border-top:1px solid var(--line);padding:.35rem 0}
.response summary{cursor:pointer}
.bads{display:flex;flex-wrap:wrap;gap:.2rem .8rem;border-top:1px solid var(--line);padding-top:.3rem}
.bads .response{border:0}
.bads .response[open]{flex-basis:100%}
.status{font:600 .85rem var(--mono);color:var(--bad)}
.status.good{color:var(--good)}
.try{margin-top:1rem;border-top:1px solid var(--line);padding-top:.7rem}
.try summary{cursor:pointer;font-weight:600;color:var(--accent)}
.try label,.key label{display:block;font-size:.85rem;color:var(--muted);margin-bottom:.15rem}
.try input,.key input{width:100%;max-width:28rem}
.try textarea{width:100%;tab-size:2}
.answer{max-height:28rem;overflow:auto;border-left:4px solid var(--good);white-space:pre-wrap;overflow-wrap:anywhere}
.answer[data-ok=false]{border-left-color:var(--bad)}
.error{border-top:1px solid var(--line);padding:.7rem 0}
.error h2{font-size:1rem;margin:0;display:flex;flex-wrap:wrap;gap:.5rem;align-items:baseline}
.error:target{background:var(--accent-soft)}
.landing{margin:0 auto;padding-top:14vh}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;margin-top:2rem}
.card{display:block;border:1px solid var(--line);border-radius:8px;padding:1rem 1.1rem;color:var(--text);background:var(--panel)}
.card:hover{border-color:var(--accent);text-decoration:none}
.card strong{display:block;color:var(--accent);margin-bottom:.2rem}
.card span{color:var(--muted)}
@media (max-width:820px){
.layout{grid-template-columns:minmax(0,1fr)}
.menu{display:inline-block}
.side{display:none;position:fixed;inset:48px 0 0 0;height:auto;z-index:1;border:0}
.side.open{display:block}
.top{gap:.6rem;padding:0 .8rem}
.wide,.version{display:none}
.top button[data-theme-switch]{font-size:0;padding:.4rem .6rem}
.top button[data-theme-switch]::after{content:"\\25D0";font-size:1rem}
article{padding:.9rem}
article h3 .path{flex-basis:100%}
.anchor{display:none}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`
