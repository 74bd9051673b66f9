package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/enbility/ship-go/logging"
)

// tracer passes the library's logs on, with the milliseconds since the start of the program.
// Errors always come through, the rest only while it is on.
type tracer struct {
	w     io.Writer
	start time.Time
	on    atomic.Bool
}

var _ logging.LoggingInterface = (*tracer)(nil)

// receiving is held by the command at hand, but for the time in which it waits for an answer. The
// library registers who waits for the answer to a message after it has sent it: on a busy machine
// the answer is there sooner, and nobody gets it.
var receiving sync.Mutex

// hold keeps a message that has just come until nobody sends; what the library logs of it is said
// before it looks at it, without locks.
func hold(args []any) {
	if len(args) > 0 && args[0] == "Recv:" {
		receiving.Lock()
		receiving.Unlock()
	}
}

func (t *tracer) write(level, text string) {
	fmt.Fprintf(t.w, "%10.3f %s %s\n", milliseconds(time.Since(t.start)), level, text)
}

func (t *tracer) Trace(args ...any)                 { t.log("TRACE", args); hold(args) }
func (t *tracer) Tracef(format string, args ...any) { t.logf("TRACE", format, args) }
func (t *tracer) Debug(args ...any)                 { t.log("DEBUG", args) }
func (t *tracer) Debugf(format string, args ...any) { t.logf("DEBUG", format, args) }
func (t *tracer) Info(args ...any)                  { t.log("INFO", args) }
func (t *tracer) Infof(format string, args ...any)  { t.logf("INFO", format, args) }
func (t *tracer) Error(args ...any)                 { t.write("ERROR", line(args)) }
func (t *tracer) Errorf(format string, args ...any) { t.write("ERROR", fmt.Sprintf(format, args...)) }

func (t *tracer) log(level string, args []any) {
	if t.on.Load() {
		t.write(level, line(args))
	}
}

func (t *tracer) logf(level, format string, args []any) {
	if t.on.Load() {
		t.write(level, fmt.Sprintf(format, args...))
	}
}

// line joins like Println does, without its newline.
func line(args []any) string {
	text := fmt.Sprintln(args...)
	return text[:len(text)-1]
}
