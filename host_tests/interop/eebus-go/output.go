package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// fields are the members of one JSON line.
type fields map[string]any

// output writes JSON lines; events come from several goroutines of the library at once.
type output struct {
	mux     sync.Mutex
	encoder *json.Encoder
	start   time.Time
}

func newOutput(w io.Writer) *output {
	return &output{encoder: json.NewEncoder(w), start: time.Now()}
}

func (o *output) line(f fields) {
	o.mux.Lock()
	defer o.mux.Unlock()
	// the only possible failure is a reader that has gone; stdin then ends too, and the program
	_ = o.encoder.Encode(f)
}

// event writes an event with the milliseconds since the start of the program.
func (o *output) event(name string, f fields) {
	if f == nil {
		f = fields{}
	}
	f["event"] = name
	f["t_ms"] = milliseconds(time.Since(o.start))
	o.line(f)
}

// reply answers the command with this id: {"ok":true, ...} or {"error":"..."}.
func (o *output) reply(id json.RawMessage, f fields, err error) {
	if err != nil {
		f = fields{"error": err.Error()}
	} else {
		if f == nil {
			f = fields{}
		}
		f["ok"] = true
	}
	if id != nil {
		f["id"] = id
	}
	o.line(f)
}

// milliseconds gives a duration with a resolution of 1 µs.
func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
