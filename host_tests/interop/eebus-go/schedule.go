package main

import (
	"time"

	"github.com/enbility/eebus-go/features/client"
	ucapi "github.com/enbility/eebus-go/usecases/api"
	"github.com/enbility/spine-go/model"
)

// slot is one of a table: how long, and W or the price of a kWh.
type slot struct {
	S     float64 `json:"s"`
	Value float64 `json:"value"`
}

func (q request) slots() []ucapi.DurationSlotValue {
	list := []ucapi.DurationSlotValue{}
	for _, one := range q.Slots {
		list = append(list, ucapi.DurationSlotValue{Duration: seconds(one.S), Value: one.Value})
	}
	return list
}

// cevcValues gives what the car wants, what its tables may have, and the tables as they are now.
func (n *node) cevcValues(request) (fields, error) {
	e, err := n.remote("cevc")
	if err != nil {
		return nil, err
	}
	series, err := client.NewTimeSeries(n.entity, e)
	if err != nil {
		return nil, err
	}
	counter, err := series.RequestData(nil, nil)
	if err := awaitData(series, counter, err); err != nil {
		return nil, err
	}
	table, err := client.NewIncentiveTable(n.entity, e)
	if err != nil {
		return nil, err
	}
	counter, err = table.RequestValues()
	if err := awaitData(table, counter, err); err != nil {
		return nil, err
	}
	v := newValues()
	v.found["strategy"] = string(n.cevc.ChargeStrategy(e))
	get(v, "demand", func(e remoteEntity) (fields, error) {
		d, err := n.cevc.EnergyDemand(e)
		return fields{
			"min_wh": d.MinDemand, "opt_wh": d.OptDemand, "max_wh": d.MaxDemand,
			"start_s": d.DurationUntilStart, "end_s": d.DurationUntilEnd,
		}, err
	}, e)
	get(v, "slots", func(e remoteEntity) (fields, error) {
		c, err := n.cevc.TimeSlotConstraints(e)
		return fields{
			"min": c.MinSlots, "max": c.MaxSlots, "min_s": c.MinSlotDuration.Seconds(),
			"step_s": c.SlotDurationStepSize.Seconds(),
		}, err
	}, e)
	get(v, "incentive_slots", func(e remoteEntity) (fields, error) {
		c, err := n.cevc.IncentiveConstraints(e)
		return fields{"min": c.MinSlots, "max": c.MaxSlots}, err
	}, e)
	get(v, "limits", func(e remoteEntity) ([]slot, error) {
		found, err := n.cevc.ChargePlanConstraints(e)
		list := []slot{}
		for _, one := range found {
			list = append(list, slot{one.Duration.Seconds(), one.Value})
		}
		return list, err
	}, e)
	get(v, "plan", func(e remoteEntity) ([]slot, error) {
		plan, err := n.cevc.ChargePlan(e)
		list := []slot{}
		for _, one := range plan.Slots {
			list = append(list, slot{one.End.Sub(one.Start).Round(time.Second).Seconds(), one.MaxValue})
		}
		return list, err
	}, e)
	get(v, "prices", func(remoteEntity) ([]float64, error) {
		found, err := table.GetData()
		list := []float64{}
		for _, one := range found {
			for _, slot := range one.IncentiveSlot {
				list = append(list, slot.Tier[0].Incentive[0].Value.GetValue())
			}
		}
		return list, err
	}, e)
	return v.reply()
}

// The library sends these writes without asking for a result: what has become of them is read back.

func (n *node) cevcTariff(request) (fields, error) {
	e, err := n.remote("cevc")
	if err != nil {
		return nil, err
	}
	return nil, n.cevc.WriteIncentiveTableDescriptions(e, []ucapi.IncentiveTariffDescription{{
		Tiers: []ucapi.IncentiveTableDescriptionTier{{
			Type: model.TierTypeTypeDynamicCost,
			Boundaries: []ucapi.TierBoundaryDescription{{
				Type: model.TierBoundaryTypeTypePowerBoundary, Unit: model.UnitOfMeasurementTypeW,
			}},
			Incentives: []ucapi.IncentiveDescription{{
				Type: model.IncentiveTypeTypeAbsoluteCost, Currency: model.CurrencyTypeEur,
			}},
		}},
	}})
}

func (n *node) cevcLimits(q request) (fields, error) {
	e, err := n.remote("cevc")
	if err != nil {
		return nil, err
	}
	return nil, n.cevc.WritePowerLimits(e, q.slots())
}

func (n *node) cevcPrices(q request) (fields, error) {
	e, err := n.remote("cevc")
	if err != nil {
		return nil, err
	}
	return nil, n.cevc.WriteIncentives(e, q.slots())
}
