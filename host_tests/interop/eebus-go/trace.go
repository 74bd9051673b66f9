package main

import (
	"fmt"
	"io"
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

func (t *tracer) write(level, text string) {
	fmt.Fprintf(t.w, "%10.3f %s %s\n", milliseconds(time.Since(t.start)), level, text)
}

func (t *tracer) Trace(args ...any)                 { t.log("TRACE", args) }
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
