package main

import (
	"time"

	"github.com/enbility/eebus-go/features/client"
	ucapi "github.com/enbility/eebus-go/usecases/api"
	spineapi "github.com/enbility/spine-go/api"
	"github.com/enbility/spine-go/model"
)

type (
	remoteEntity = spineapi.EntityRemoteInterface
	resultFunc   = func(model.ResultDataType)
)

// limiter is what LPC and LPP have in common on the side of the energy guard. Powers are in W;
// production limits are zero or negative.
type limiter struct {
	local         spineapi.EntityLocalInterface
	limit         func(remoteEntity) (ucapi.LoadLimit, error)
	writeLimit    func(remoteEntity, ucapi.LoadLimit, resultFunc) (*model.MsgCounterType, error)
	failsafe      func(remoteEntity) (float64, error)
	writeFailsafe func(remoteEntity, float64) (*model.MsgCounterType, error)
	duration      func(remoteEntity) (time.Duration, error)
	writeDuration func(remoteEntity, time.Duration) (*model.MsgCounterType, error)
	nominal       func(remoteEntity) (float64, error)
}

func consumptionLimiter(local spineapi.EntityLocalInterface, u ucapi.EgLPCInterface) *limiter {
	return &limiter{
		local:         local,
		limit:         u.ConsumptionLimit,
		writeLimit:    u.WriteConsumptionLimit,
		failsafe:      u.FailsafeConsumptionActivePowerLimit,
		writeFailsafe: u.WriteFailsafeConsumptionActivePowerLimit,
		duration:      u.FailsafeDurationMinimum,
		writeDuration: u.WriteFailsafeDurationMinimum,
		nominal:       u.ConsumptionNominalMax,
	}
}

func productionLimiter(local spineapi.EntityLocalInterface, u ucapi.EgLPPInterface) *limiter {
	return &limiter{
		local:         local,
		limit:         u.ProductionLimit,
		writeLimit:    u.WriteProductionLimit,
		failsafe:      u.FailsafeProductionActivePowerLimit,
		writeFailsafe: u.WriteFailsafeProductionActivePowerLimit,
		duration:      u.FailsafeDurationMinimum,
		writeDuration: u.WriteFailsafeDurationMinimum,
		nominal:       u.ProductionNominalMax,
	}
}

// Each read asks the peer first: the library's own getters answer from what it was notified of.

func (l *limiter) readLimit(e remoteEntity) (fields, error) {
	f, err := client.NewLoadControl(l.local, e)
	if err != nil {
		return nil, err
	}
	counter, err := f.RequestLimitData(nil, nil)
	if err := awaitData(f, counter, err); err != nil {
		return nil, err
	}
	limit, err := l.limit(e)
	return limitFields(limit), err
}

func (l *limiter) readFailsafe(e remoteEntity) (fields, error) {
	f, err := client.NewDeviceConfiguration(l.local, e)
	if err != nil {
		return nil, err
	}
	counter, err := f.RequestKeyValues(nil, nil)
	if err := awaitData(f, counter, err); err != nil {
		return nil, err
	}
	w, err := l.failsafe(e)
	if err != nil {
		return nil, err
	}
	duration, err := l.duration(e)
	return fields{"w": w, "s": duration.Seconds()}, err
}

func (l *limiter) readNominal(e remoteEntity) (fields, error) {
	f, err := client.NewElectricalConnection(l.local, e)
	if err != nil {
		return nil, err
	}
	counter, err := f.RequestCharacteristics(nil, nil)
	if err := awaitData(f, counter, err); err != nil {
		return nil, err
	}
	w, err := l.nominal(e)
	return fields{"w": w}, err
}

// keyValueResult waits for the result of a write of one failsafe value, which the library sends
// without a callback.
func (l *limiter) keyValueResult(e remoteEntity, write func() (*model.MsgCounterType, error)) (fields, error) {
	f, err := client.NewDeviceConfiguration(l.local, e)
	if err != nil {
		return nil, err
	}
	since := time.Now()
	counter, err := write()
	return awaitResult(f, counter, err, since)
}
