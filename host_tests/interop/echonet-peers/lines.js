// JSON lines: a command on stdin gets one reply on stdout, a line without "id" is an event.
'use strict';

const readline = require('readline');

function say(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

// commands: {name: async (members) => members of the reply}; an exception is told as error
function serve(commands) {
  const input = readline.createInterface({ input: process.stdin });
  input.on('line', async (text) => {
    const line = JSON.parse(text);
    try {
      say({ id: line.id, ok: true, ...(await commands[line.cmd](line)) });
    } catch (error) {
      say({ id: line.id, error: String(error.message || error) });
    }
  });
  input.on('close', () => process.exit(0));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The first true value of take(), looked for until ms have passed.
async function until(take, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const found = take();
    if (found) return found;
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await sleep(5);
  }
}

module.exports = { say, serve, until };
