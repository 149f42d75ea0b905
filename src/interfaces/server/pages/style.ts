// The style of the server's pages, as text for the same reason as the script. Light and dark by the reader's setting,
// or by their choice on the page.

const LIGHT = `--page:#ffffff;--panel:#f6f7f9;--line:#dfe3e8;--text:#16202c;--muted:#5a6675;--accent:#2f55d4;--code:#0f1a2a;--on-code:#e6edf6;--get:#0b6e4f;--post:#2f55d4;--put:#8a5200;--delete:#b3261e;--patch:#6b3fa0;--good:#0b6e4f;--bad:#b3261e`
const DARK = `--page:#10151c;--panel:#171e28;--line:#2b3543;--text:#e5ebf2;--muted:#9aa7b6;--accent:#8fabff;--code:#0a0e14;--on-code:#dde6f0;--get:#5fd3a6;--post:#8fabff;--put:#f0b45b;--delete:#ff8a80;--patch:#c4a1f0;--good:#5fd3a6;--bad:#ff8a80`

export const STYLE = `:root{${LIGHT};--mono:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
:root[data-theme=dark]{${DARK};color-scheme:dark}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
code,pre,.path,textarea{font-family:var(--mono);font-size:.9em}
:not(pre)>code{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.05em .35em}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h4{margin:1.4rem 0 .5rem;font-size:.78rem;letter-spacing:.06em;text-transform:uppercase;color:var(--muted)}
p{margin:.4rem 0}
button,input,textarea{font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:6px;padding:.4rem .7rem}
button{cursor:pointer;background:var(--panel)}
button:hover{border-color:var(--accent)}
button.primary{background:var(--accent);color:var(--page);border-color:var(--accent);font-weight:600}
.muted,.version{color:var(--muted)}
.lead{font-size:1.08rem;color:var(--muted);max-width:44rem}
.required{color:var(--bad);margin-left:.15em}
.top{position:sticky;top:0;z-index:2;display:flex;align-items:center;gap:.9rem;padding:.6rem 1.2rem;background:var(--page);border-bottom:1px solid var(--line)}
.brand{font-weight:700;color:var(--text);font-size:1.05rem}
.top input{flex:1;max-width:26rem;min-width:0}
.top button[data-theme-switch]{margin-left:auto;white-space:nowrap}
.menu{display:none}
.layout{display:grid;grid-template-columns:19rem minmax(0,1fr);align-items:start}
.side{position:sticky;top:3.4rem;height:calc(100vh - 3.4rem);overflow:auto;padding:1rem .8rem 3rem 1.2rem;border-right:1px solid var(--line);background:var(--panel)}
.side h2{margin:1.1rem 0 .3rem;font-size:.78rem;letter-spacing:.06em;text-transform:uppercase}
.side h2 a{color:var(--muted)}
.side ul{list-style:none;margin:0;padding:0}
.side li a{display:flex;gap:.5rem;align-items:baseline;padding:.22rem .4rem;border-radius:6px;color:var(--text);font-size:.86rem;overflow-wrap:anywhere}
.side li a:hover{background:var(--page);text-decoration:none}
main{padding:2rem clamp(1rem,4vw,3rem) 6rem;max-width:62rem;width:100%;min-width:0}
.narrow{margin:0 auto}
.badge{flex:none;display:inline-block;min-width:3.4rem;text-align:center;font:700 .68rem/1.6 var(--mono);border:1px solid currentColor;border-radius:4px;padding:0 .3rem}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}.patch{color:var(--patch)}
.group{margin-top:3rem}
.group>h2{font-size:1.35rem;text-transform:capitalize;margin:0;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
article,.schema{border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.2rem;margin:1.1rem 0;min-width:0}
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
.snippet pre,.answer{margin:0;background:var(--code);color:var(--on-code);border-radius:8px;padding:.9rem 1rem;overflow-x:auto;white-space:pre}
.snippet code{background:none;border:0;padding:0}
.snippet button{position:absolute;top:.45rem;right:.45rem;padding:.15rem .55rem;font-size:.8rem;background:var(--code);color:var(--on-code);border-color:#44536a}
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
.answer[data-ok=false]{border-left-color:#ff8a80}
.error{border-top:1px solid var(--line);padding:.7rem 0}
.error h2{font-size:1rem;margin:0;display:flex;flex-wrap:wrap;gap:.5rem;align-items:baseline}
.error:target{background:var(--panel)}
.landing{margin:0 auto;padding-top:14vh}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;margin-top:2rem}
.card{display:block;border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;color:var(--text);background:var(--panel)}
.card:hover{border-color:var(--accent);text-decoration:none}
.card strong{display:block;color:var(--accent);margin-bottom:.2rem}
.card span{color:var(--muted)}
@media (max-width:820px){
.layout{grid-template-columns:minmax(0,1fr)}
.menu{display:inline-block}
.side{display:none;position:fixed;inset:3.4rem 0 0 0;height:auto;z-index:1;border:0}
.side.open{display:block}
.top{gap:.6rem;padding:.6rem .8rem}
.wide,.version{display:none}
.top button[data-theme-switch]{font-size:0;padding:.4rem .6rem}
.top button[data-theme-switch]::after{content:"\\25D0";font-size:1rem}
article{padding:.9rem}
article h3 .path{flex-basis:100%}
.anchor{display:none}
h1{font-size:1.5rem}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`
