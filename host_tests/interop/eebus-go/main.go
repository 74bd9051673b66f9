// Program eebus-go is an energy manager, a grid operator's control box or a meter of the grid
// connection, built on the eebus-go module: an implementation of SHIP and SPINE that shares no line
// with this repository.
//
// It reads one JSON command per line on stdin and writes JSON lines on stdout: events as they
// happen, and one reply per command that echoes its "id". Library logs go to stderr. Commands:
//
//	scenarios                            remote entities and scenarios of every use case
//	limit {use, w, active, duration_s}   LPC (use "lpp": LPP); the result and its milliseconds
//	limit_read, failsafe_read, nominal   {use}; each asks the wallbox anew
//	failsafe {use, w}, failsafe_duration {use, s}
//	heartbeat {on}                       starts or stops; without on only tells who gets it
//	heartbeat_ok                         whether the other side's came within two minutes
//	mpc, evse, ev                        all values that can be read, and why the others can't
//	cevc                                 the car's demand and plan, and the tables as they are
//	cevc_tariff, cevc_limits {slots}, cevc_prices {slots}   writes them; slots of {s, value}
//	grid {ma}                            what the meter of the grid connection measures per phase
//	opev {ma, active}, oscev {...}       limits per phase; opev_read, oscev_read
//	pair {ski}, unpair {ski}, ship_log {on}, quit
//
// Events: ready, visible, connected, ship_id, pairing, usecase, disconnected.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/enbility/ship-go/mdns"
)

// shutdownLimit bounds the orderly end: the library waits for its HTTP server without a deadline.
const shutdownLimit = 2 * time.Second

type options struct {
	port      int
	certFile  string
	keyFile   string
	remoteSKI string
	iface     string
	entity    string
	mdns      string
	serial    string
	trace     bool
	showSKI   bool
}

func parseOptions() (options, error) {
	var o options
	flag.IntVar(&o.port, "port", 4711, "TCP port of the SHIP server, on every address of the host")
	flag.StringVar(&o.certFile, "cert", "hems.crt", "certificate, PEM; made when missing")
	flag.StringVar(&o.keyFile, "key", "hems.key", "private key, PEM; made when missing")
	flag.StringVar(&o.remoteSKI, "remote-ski", "", "SKI to trust from the start, or several with commas")
	flag.StringVar(&o.iface, "iface", "", "announce on this network interface only")
	flag.StringVar(&o.entity, "entity", "cem", "cem (energy manager), gridguard (control box) or gridmeter")
	flag.StringVar(&o.mdns, "mdns", "auto", "auto (avahi, else zeroconf), avahi or zeroconf")
	flag.StringVar(&o.serial, "serial", "1", "serial number, part of the SHIP ID")
	flag.BoolVar(&o.trace, "trace", false, "library traces on stderr from the start")
	flag.BoolVar(&o.showSKI, "show-ski", false, "make the identity if need be, print its SKI, end")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	return o, nil
}

func (o options) mdnsProvider() (mdns.MdnsProviderSelection, error) {
	switch o.mdns {
	case "auto":
		return mdns.MdnsProviderSelectionAll, nil
	case "avahi":
		return mdns.MdnsProviderSelectionAvahiOnly, nil
	case "zeroconf":
		return mdns.MdnsProviderSelectionGoZeroConfOnly, nil
	}
	return 0, fmt.Errorf("--mdns %s: not auto, avahi or zeroconf", o.mdns)
}

func run() error {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	// The library dials through HTTPS_PROXY when that is set; a wallbox is never behind one.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		_ = os.Unsetenv(name)
		_ = os.Unsetenv(strings.ToLower(name))
	}

	out := newOutput(os.Stdout)
	n, err := newNode(o, out)
	if err != nil {
		return err
	}
	if o.showSKI {
		out.event("identity", n.identity())
		return nil
	}
	n.start()

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- n.serve(os.Stdin) }()

	select {
	case <-signals:
	case err = <-ended:
	}
	done := make(chan struct{})
	go func() {
		n.service.Shutdown()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(shutdownLimit):
		err = errors.Join(err, errors.New("shutdown took too long"))
	}
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
