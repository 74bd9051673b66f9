// node-echonet-lite as a controller: `node node-echonet-lite.js`, JSON lines.
'use strict';

const { say, serve, until } = require('./lines.js');
const EchonetLite = require('node-echonet-lite');

const ANSWER_MS = 3000;
const SEARCH_MS = 5000;
let echonet;

const hex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytes = (eoj) => [...Buffer.from(eoj, 'hex')];
const code = (number) => hex([number]);
const raw = (one) => (one.buffer ? one.buffer.toString('hex') : '');

function promised(method, ...args) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
    echonet[method](...args, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

serve({
  async start({ address }) {
    echonet = new EchonetLite({ type: 'lan', netif: address });
    await promised('init');
    echonet.on('notify', ({ device, message }) => {
      if (message.esv !== 'INF') return;
      for (const one of message.prop) {
        const name = { host: device.address, eoj: hex(message.seoj), epc: code(one.epc) };
        say({ event: 'notice', ...name, value: raw(one) });
      }
    });
    return {};
  },

  async discover({ host }) {
    const found = {};
    echonet.startDiscovery((error, { device }) => {
      if (!error) found[device.address] = device.eoj.map(hex);
    });
    const objects = await until(() => found[host], SEARCH_MS, 'node');
    echonet.stopDiscovery();
    return { objects };
  },

  async maps({ host, eoj }) {
    const { message } = await promised('getPropertyMaps', host, bytes(eoj));
    const { inf, set, get } = message.data;
    return { inf: inf.map(code), set: set.map(code), get: get.map(code) };
  },

  async get({ host, eoj, epcs }) {
    const asked = epcs.map((epc) => ({ epc: parseInt(epc, 16), edt: null }));
    const { message } = await promised('send', host, bytes(eoj), 'Get', asked);
    const values = {};
    for (const one of message.prop) values[code(one.epc)] = raw(one);
    return { esv: message.esv, values };
  },

  async set({ host, eoj, values }) {
    const asked = values.map(([epc, value]) => ({
      epc: parseInt(epc, 16),
      edt: Buffer.from(value, 'hex'),
    }));
    const { message } = await promised('send', host, bytes(eoj), 'SetC', asked);
    const refused = message.prop.filter(raw);
    return { esv: message.esv, refused: refused.map((one) => code(one.epc)) };
  },
});
