// echonet-lite as a controller: `node echonet-lite.js OWN_ADDRESS`, JSON lines.
// Its own search, then it reads by itself all that the property maps name, in one request each.
'use strict';

const { say, serve, until } = require('./lines.js');
// it logs on stdout, which belongs to the JSON lines
console.log = console.dir = console.error;
const EL = require('echonet-lite');

const CONTROLLER = '05ff01';
const ANSWER_MS = 3000;
const SEARCH_MS = 20000; // its own pauses between the requests are long
const answers = [];

function received(rinfo, els, error) {
  if (error) {
    say({ event: 'error', text: String(error) });
  } else if (els.ESV === EL.INF) {
    for (const [epc, value] of Object.entries(els.DETAILs)) {
      say({ event: 'notice', host: rinfo.address, eoj: els.SEOJ, epc, value });
    }
  } else {
    answers.push({ host: rinfo.address, port: rinfo.port, els });
  }
}

async function answer(host, eoj, [high, low]) {
  const tid = EL.toHexString(high) + EL.toHexString(low);
  const fits = (one) => one.host === host && one.els.TID === tid && one.els.SEOJ === eoj;
  return (await until(() => answers.find(fits), ANSWER_MS, 'answer')).els;
}

// Form 1 of a property map (the library has turned form 2 into it) as EPCs.
function codes(map) {
  return map.match(/../g).slice(1);
}

serve({
  async start({ address }) {
    const options = { v4: address, ignoreMe: true, autoGetProperties: true, autoGetDelay: 200 };
    await EL.initialize([CONTROLLER], received, 4, options);
    return {};
  },

  async discover({ host }) {
    EL.search();
    const node = () => EL.facilities[host] && EL.facilities[host]['0ef001'];
    const profile = await until(() => node() && node().d6 && node(), SEARCH_MS, 'node');
    return { objects: profile.d6.slice(2).match(/.{6}/g) };
  },

  // what it has gathered without being told to
  async gathered({ host, eoj }) {
    const object = () => (EL.facilities[host] || {})[eoj] || {};
    const all = () => object()['9f'] && codes(object()['9f']).every((epc) => object()[epc]);
    await until(all, SEARCH_MS, `all properties (has ${Object.keys(object())})`);
    return { values: object() };
  },

  async maps({ host, eoj }) {
    const tid = await EL.sendDetails(host, CONTROLLER, eoj, EL.GET, { '9d': '', '9e': '', '9f': '' });
    const found = (await answer(host, eoj, tid)).DETAILs;
    return { inf: codes(found['9d']), set: codes(found['9e']), get: codes(found['9f']) };
  },

  async get({ host, eoj, epcs }) {
    const asked = epcs.map((epc) => ({ [epc]: '' }));
    const els = await answer(host, eoj, await EL.sendDetails(host, CONTROLLER, eoj, EL.GET, asked));
    return { esv: els.ESV, values: els.DETAILs };
  },

  async set({ host, eoj, values }) {
    const asked = values.map(([epc, value]) => ({ [epc]: value }));
    const els = await answer(host, eoj, await EL.sendDetails(host, CONTROLLER, eoj, EL.SETC, asked));
    const refused = Object.entries(els.DETAILs).filter(([, value]) => value !== '');
    return { esv: els.ESV, refused: refused.map(([epc]) => epc) };
  },

  // one Get per property, all sent before the first answer
  async burst({ host, eoj, epcs }) {
    const tids = epcs.map((epc) => EL.sendOPC1(host, CONTROLLER, eoj, EL.GET, epc, ''));
    const all = await Promise.all(tids.map((tid) => answer(host, eoj, tid)));
    return { values: Object.assign({}, ...all.map((els) => els.DETAILs)) };
  },
});
