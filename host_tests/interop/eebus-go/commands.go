package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/enbility/eebus-go/features/client"
	ucapi "github.com/enbility/eebus-go/usecases/api"
	"github.com/enbility/spine-go/model"
)

// heartbeatWindow is how long LPC lets the last heartbeat of the other side stand.
const heartbeatWindow = 2 * time.Minute

// request is one command line. Which members count depends on the command.
type request struct {
	ID        json.RawMessage `json:"id"`
	Cmd       string          `json:"cmd"`
	Use       string          `json:"use"`        // lpc (default) or lpp
	W         float64         `json:"w"`          // W
	Active    *bool           `json:"active"`     // default true
	DurationS float64         `json:"duration_s"` // s, 0 for none
	S         float64         `json:"s"`          // s
	MA        []int           `json:"ma"`         // mA per phase
	On        *bool           `json:"on"`         // default true; heartbeat: none only asks
	SKI       string          `json:"ski"`
	Slots     []slot          `json:"slots"` // of a table of CEVC
}

type command func(request) (fields, error)

func (n *node) commands() map[string]command {
	return map[string]command{
		"scenarios":         n.scenarios,
		"limit":             n.limit,
		"limit_read":        n.limitRead,
		"failsafe":          n.failsafe,
		"failsafe_duration": n.failsafeDuration,
		"failsafe_read":     n.failsafeRead,
		"nominal":           n.nominal,
		"heartbeat":         n.heartbeat,
		"heartbeat_ok":      n.heartbeatOK,
		"mpc":               n.mpcValues,
		"evse":              n.evseValues,
		"ev":                n.evValues,
		"opev":              n.opevWrite,
		"opev_read":         n.opevRead,
		"oscev":             n.oscevWrite,
		"oscev_read":        n.oscevRead,
		"cevc":              n.cevcValues,
		"cevc_tariff":       n.cevcTariff,
		"cevc_limits":       n.cevcLimits,
		"cevc_prices":       n.cevcPrices,
		"grid":              n.grid,
		"ship_log":          n.shipLog,
		"pair":              n.pair,
		"unpair":            n.unpair,
	}
}

// serve carries out the commands of r in order, until quit or the end of r.
func (n *node) serve(r io.Reader) error {
	known := n.commands()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var q request
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&q); err != nil {
			n.out.reply(q.ID, nil, err)
			continue
		}
		if q.Cmd == "quit" {
			n.out.reply(q.ID, nil, nil)
			return nil
		}
		do, ok := known[q.Cmd]
		if !ok {
			n.out.reply(q.ID, nil, fmt.Errorf("unknown command %q", q.Cmd))
			continue
		}
		receiving.Lock()
		f, err := do(q)
		receiving.Unlock()
		n.out.reply(q.ID, f, err)
	}
	return lines.Err()
}

// limiter gives the use case that a command is about and the first remote entity offering it.
func (n *node) limiter(q request) (*limiter, remoteEntity, error) {
	use, l := "lpc", n.lpc
	if q.Use == "lpp" {
		use, l = "lpp", n.lpp
	} else if q.Use != "" && q.Use != "lpc" {
		return nil, nil, fmt.Errorf("use %q: not lpc or lpp", q.Use)
	}
	e, err := n.remote(use)
	return l, e, err
}

func (n *node) limit(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	limit := ucapi.LoadLimit{
		Value:    q.W,
		IsActive: q.Active == nil || *q.Active,
		Duration: seconds(q.DurationS),
	}
	return writeResult(func(done func(model.ResultDataType)) (*model.MsgCounterType, error) {
		return l.writeLimit(e, limit, done)
	})
}

func (n *node) limitRead(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	return l.readLimit(e)
}

func (n *node) failsafe(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	return l.keyValueResult(e, func() (*model.MsgCounterType, error) {
		return l.writeFailsafe(e, q.W)
	})
}

func (n *node) failsafeDuration(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	return l.keyValueResult(e, func() (*model.MsgCounterType, error) {
		return l.writeDuration(e, seconds(q.S))
	})
}

func (n *node) failsafeRead(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	return l.readFailsafe(e)
}

func (n *node) nominal(q request) (fields, error) {
	l, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	return l.readNominal(e)
}

// heartbeat stops or starts this node's heartbeat; who gets it tells whether the other side could
// notice. Without "on" it only asks.
func (n *node) heartbeat(q request) (fields, error) {
	manager := n.entity.HeartbeatManager()
	if q.On != nil {
		if !*q.On {
			manager.StopHeartbeat()
		} else if err := manager.StartHeartbeat(); err != nil {
			return nil, err
		}
	}
	feature := n.entity.FeatureOfTypeAndRole(model.FeatureTypeTypeDeviceDiagnosis, model.RoleTypeServer)
	subscribers := []string{}
	for _, s := range n.service.LocalDevice().SubscriptionManager().SubscriptionsOnFeature(*feature.Address()) {
		subscribers = append(subscribers, s.ClientFeature.String())
	}
	return fields{"running": manager.IsHeartbeatRunning(), "subscribers": subscribers}, nil
}

// heartbeatOK tells whether the other side's heartbeat came within the last two minutes.
func (n *node) heartbeatOK(q request) (fields, error) {
	_, e, err := n.limiter(q)
	if err != nil {
		return nil, err
	}
	diagnosis, err := client.NewDeviceDiagnosis(n.entity, e)
	if err != nil {
		return nil, err
	}
	return fields{"heartbeat_ok": diagnosis.IsHeartbeatWithinDuration(heartbeatWindow)}, nil
}

func (n *node) shipLog(q request) (fields, error) {
	n.tracer.on.Store(q.On == nil || *q.On)
	return nil, nil
}

func (n *node) pair(q request) (fields, error) {
	if q.SKI == "" {
		return nil, errors.New("ski is missing")
	}
	n.service.RegisterRemoteSKI(q.SKI)
	return nil, nil
}

func (n *node) unpair(q request) (fields, error) {
	if q.SKI == "" {
		return nil, errors.New("ski is missing")
	}
	n.service.UnregisterRemoteSKI(q.SKI)
	return nil, nil
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second))
}
