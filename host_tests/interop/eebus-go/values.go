package main

import (
	"fmt"

	"github.com/enbility/eebus-go/features/client"
	ucapi "github.com/enbility/eebus-go/usecases/api"
	"github.com/enbility/spine-go/model"
)

// values collects what can be read; what can't is in "missing" with its reason.
type values struct {
	found   fields
	missing map[string]string
}

func newValues() *values {
	return &values{found: fields{}, missing: map[string]string{}}
}

func get[T any](v *values, name string, read func(remoteEntity) (T, error), e remoteEntity) {
	value, err := read(e)
	if err != nil {
		v.missing[name] = err.Error()
		return
	}
	v.found[name] = value
}

func (v *values) reply() (fields, error) {
	return fields{"values": v.found, "missing": v.missing}, nil
}

// mpcValues gives W, Wh, A, V and Hz as the wallbox has them now.
func (n *node) mpcValues(request) (fields, error) {
	e, err := n.remote("mpc")
	if err != nil {
		return nil, err
	}
	measurement, err := client.NewMeasurement(n.entity, e)
	if err != nil {
		return nil, err
	}
	counter, err := measurement.RequestData(nil, nil)
	if err := awaitData(measurement, counter, err); err != nil {
		return nil, err
	}
	v := newValues()
	get(v, "power_w", n.mpc.Power, e)
	get(v, "power_per_phase_w", n.mpc.PowerPerPhase, e)
	get(v, "energy_consumed_wh", n.mpc.EnergyConsumed, e)
	get(v, "energy_produced_wh", n.mpc.EnergyProduced, e)
	get(v, "current_per_phase_a", n.mpc.CurrentPerPhase, e)
	get(v, "voltage_per_phase_v", n.mpc.VoltagePerPhase, e)
	get(v, "frequency_hz", n.mpc.Frequency, e)
	return v.reply()
}

// evseValues gives manufacturer data and operating state of the wallbox.
func (n *node) evseValues(request) (fields, error) {
	e, err := n.remote("evsecc")
	if err != nil {
		return nil, err
	}
	v := newValues()
	get(v, "manufacturer", n.evsecc.ManufacturerData, e)
	get(v, "operating_state", func(e remoteEntity) (fields, error) {
		state, code, err := n.evsecc.OperatingState(e)
		return fields{"state": string(state), "last_error_code": code}, err
	}, e)
	return v.reply()
}

// evValues gives what the wallbox tells of the car: EVCC, EVCEM, EVSOC.
func (n *node) evValues(request) (fields, error) {
	e, err := n.remote("evcc")
	if err != nil {
		return nil, err
	}
	v := newValues()
	v.found["connected"] = n.evcc.EVConnected(e)
	get(v, "charge_state", n.evcc.ChargeState, e)
	get(v, "communication_standard", n.evcc.CommunicationStandard, e)
	get(v, "asymmetric_charging", n.evcc.AsymmetricChargingSupport, e)
	get(v, "identifications", n.evcc.Identifications, e)
	get(v, "manufacturer", n.evcc.ManufacturerData, e)
	get(v, "sleeping", n.evcc.IsInSleepMode, e)
	get(v, "power_limits_w", func(e remoteEntity) (fields, error) {
		minimum, maximum, standby, err := n.evcc.ChargingPowerLimits(e)
		return fields{"min": minimum, "max": maximum, "standby": standby}, err
	}, e)
	get(v, "phases_connected", n.evcem.PhasesConnected, e)
	get(v, "current_per_phase_a", n.evcem.CurrentPerPhase, e)
	get(v, "power_per_phase_w", n.evcem.PowerPerPhase, e)
	get(v, "energy_charged_wh", n.evcem.EnergyCharged, e)
	get(v, "soc_pct", n.evsoc.StateOfCharge, e)
	return v.reply()
}

// phaseLimits is what OPEV (obligations) and OSCEV (recommendations) have in common.
type phaseLimits interface {
	CurrentLimits(remoteEntity) ([]float64, []float64, []float64, error)
	LoadControlLimits(remoteEntity) ([]ucapi.LoadLimitsPhase, error)
	WriteLoadControlLimits(remoteEntity, []ucapi.LoadLimitsPhase, resultFunc) (*model.MsgCounterType, error)
}

func (n *node) opevWrite(q request) (fields, error)  { return n.writePhases("opev", n.opev, q) }
func (n *node) opevRead(request) (fields, error)     { return n.readPhases("opev", n.opev) }
func (n *node) oscevWrite(q request) (fields, error) { return n.writePhases("oscev", n.oscev, q) }
func (n *node) oscevRead(request) (fields, error)    { return n.readPhases("oscev", n.oscev) }

func (n *node) writePhases(use string, u phaseLimits, q request) (fields, error) {
	e, err := n.remote(use)
	if err != nil {
		return nil, err
	}
	if len(q.MA) > len(ucapi.PhaseNameMapping) {
		return nil, fmt.Errorf("ma has %d phases", len(q.MA))
	}
	limits := []ucapi.LoadLimitsPhase{}
	for i, ma := range q.MA {
		limits = append(limits, ucapi.LoadLimitsPhase{
			Phase:    ucapi.PhaseNameMapping[i],
			IsActive: q.Active == nil || *q.Active,
			Value:    float64(ma) / 1000,
		})
	}
	return writeResult(func(done func(model.ResultDataType)) (*model.MsgCounterType, error) {
		return u.WriteLoadControlLimits(e, limits, done)
	})
}

func (n *node) readPhases(use string, u phaseLimits) (fields, error) {
	e, err := n.remote(use)
	if err != nil {
		return nil, err
	}
	control, err := client.NewLoadControl(n.entity, e)
	if err != nil {
		return nil, err
	}
	counter, err := control.RequestLimitData(nil, nil)
	if err := awaitData(control, counter, err); err != nil {
		return nil, err
	}
	v := newValues()
	get(v, "limits", func(e remoteEntity) ([]fields, error) {
		limits, err := u.LoadControlLimits(e)
		list := []fields{}
		for _, l := range limits {
			list = append(list, fields{
				"phase": string(l.Phase), "a": l.Value, "active": l.IsActive, "changeable": l.IsChangeable,
			})
		}
		return list, err
	}, e)
	get(v, "range_a", func(e remoteEntity) (fields, error) {
		minimum, maximum, standard, err := u.CurrentLimits(e)
		return fields{"min": minimum, "max": maximum, "default": standard}, err
	}, e)
	return v.reply()
}
