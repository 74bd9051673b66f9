// MicroPython with 32-bit objects, driven by JSON lines: one request in, one reply out.
//
//   {"fresh": heap bytes}            a new interpreter with all the files given so far
//   {"put": path, "data": base64}    a file in its file system
//   {"run": code}                    runs the code
//
// Reply: {"out": what it printed, "error": traceback or null}.
// argv: the path of micropython.mjs.

import { createInterface } from "node:readline";
import { dirname } from "node:path/posix";
import { pathToFileURL } from "node:url";

const { loadMicroPython } = await import(pathToFileURL(process.argv[2]));
const files = new Map();
let mp = null;
let printed = [];

function write(path, data) {
    mp.FS.mkdirTree(dirname(path));
    mp.FS.writeFile(path, data);
}

const commands = {
    async fresh(heapsize) {
        mp = await loadMicroPython({
            heapsize,
            linebuffer: false,
            stdout: (bytes) => printed.push(Buffer.from(bytes)),
        });
        for (const [path, data] of files) write(path, data);
    },
    put(path, request) {
        files.set(path, Buffer.from(request.data, "base64"));
        write(path, files.get(path));
    },
    run(code) {
        mp.runPython(code);
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const name = Object.keys(request).find((key) => key in commands);
    let error = null;
    printed = [];
    try {
        await commands[name](request[name], request);
    } catch (caught) {
        error = String(caught.message);
    }
    const out = Buffer.concat(printed).toString();
    process.stdout.write(JSON.stringify({ out, error }) + "\n");
}
