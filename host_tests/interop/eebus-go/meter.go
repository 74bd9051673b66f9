package main

import (
	"errors"

	"github.com/enbility/eebus-go/api"
	"github.com/enbility/eebus-go/features/server"
	"github.com/enbility/eebus-go/usecases/usecase"
	spineapi "github.com/enbility/spine-go/api"
	"github.com/enbility/spine-go/model"
	"github.com/enbility/spine-go/util"
)

// gridPoint is the use case MGCP on the side that has the meter, which the library lacks: made of
// its servers for Measurement and ElectricalConnection.
type gridPoint struct {
	*usecase.UseCaseBase
	measurement *server.Measurement
	total       model.MeasurementIdType
	phases      []model.MeasurementIdType
}

func newGridPoint(local spineapi.EntityLocalInterface, report api.EntityEventCallback) *gridPoint {
	scenarios := []api.UseCaseScenario{}
	for _, number := range []uint{2, 5} {
		scenarios = append(scenarios, api.UseCaseScenario{
			Scenario: model.UseCaseScenarioSupportType(number),
		})
	}
	return &gridPoint{UseCaseBase: usecase.NewUseCaseBase(
		local, model.UseCaseActorTypeGridConnectionPoint,
		model.UseCaseNameTypeMonitoringOfGridConnectionPoint, "1.0.0", "release", scenarios, report,
		"gcp-mgcp-UseCaseSupportUpdate",
		[]model.UseCaseActorType{model.UseCaseActorTypeMonitoringAppliance},
		[]model.EntityTypeType{model.EntityTypeTypeEVSE, model.EntityTypeTypeCEM},
	)}
}

// AddFeatures describes the total power and the currents of the phases.
func (g *gridPoint) AddFeatures() {
	f := g.LocalEntity.GetOrAddFeature(model.FeatureTypeTypeMeasurement, model.RoleTypeServer)
	f.AddFunctionType(model.FunctionTypeMeasurementDescriptionListData, true, false)
	f.AddFunctionType(model.FunctionTypeMeasurementListData, true, false)
	f = g.LocalEntity.GetOrAddFeature(model.FeatureTypeTypeElectricalConnection, model.RoleTypeServer)
	f.AddFunctionType(model.FunctionTypeElectricalConnectionDescriptionListData, true, false)
	f.AddFunctionType(model.FunctionTypeElectricalConnectionParameterDescriptionListData, true, false)
	g.measurement, _ = server.NewMeasurement(g.LocalEntity)
	connection, _ := server.NewElectricalConnection(g.LocalEntity)
	_ = connection.AddDescription(model.ElectricalConnectionDescriptionDataType{
		ElectricalConnectionId:  util.Ptr(model.ElectricalConnectionIdType(0)),
		PowerSupplyType:         util.Ptr(model.ElectricalConnectionVoltageTypeTypeAc),
		PositiveEnergyDirection: util.Ptr(model.EnergyDirectionTypeConsume),
	})
	add := func(kind model.MeasurementTypeType, unit model.UnitOfMeasurementType,
		scope model.ScopeTypeType, phase model.ElectricalConnectionPhaseNameType,
	) model.MeasurementIdType {
		id := g.measurement.AddDescription(model.MeasurementDescriptionDataType{
			MeasurementType: &kind,
			CommodityType:   util.Ptr(model.CommodityTypeTypeElectricity),
			Unit:            &unit,
			ScopeType:       &scope,
		})
		connection.AddParameterDescription(model.ElectricalConnectionParameterDescriptionDataType{
			ElectricalConnectionId: util.Ptr(model.ElectricalConnectionIdType(0)),
			MeasurementId:          id,
			VoltageType:            util.Ptr(model.ElectricalConnectionVoltageTypeTypeAc),
			AcMeasuredPhases:       &phase,
		})
		return *id
	}
	g.total = add(model.MeasurementTypeTypePower, model.UnitOfMeasurementTypeW,
		model.ScopeTypeTypeACPowerTotal, model.ElectricalConnectionPhaseNameTypeAbc)
	for _, phase := range []model.ElectricalConnectionPhaseNameType{"a", "b", "c"} {
		g.phases = append(g.phases, add(model.MeasurementTypeTypeCurrent,
			model.UnitOfMeasurementTypeA, model.ScopeTypeTypeACCurrent, phase))
	}
}

// tell measures these currents in mA from now on; whoever has subscribed is notified of each.
func (g *gridPoint) tell(ma []int) error {
	if len(ma) != len(g.phases) {
		return errors.New("ma: one current per phase")
	}
	watts := 0.0
	for i, id := range g.phases {
		if err := g.update(id, float64(ma[i])/1000); err != nil {
			return err
		}
		watts += float64(ma[i]) / 1000 * 230
	}
	return g.update(g.total, watts)
}

func (g *gridPoint) update(id model.MeasurementIdType, value float64) error {
	return g.measurement.UpdateDataForId(model.MeasurementDataType{
		ValueType:   util.Ptr(model.MeasurementValueTypeTypeValue),
		Value:       model.NewScaledNumberType(value),
		ValueSource: util.Ptr(model.MeasurementValueSourceTypeMeasuredValue),
		ValueState:  util.Ptr(model.MeasurementValueStateTypeNormal),
	}, nil, id)
}

func (n *node) grid(q request) (fields, error) {
	if n.point == nil {
		return nil, errNotHere
	}
	return nil, n.point.tell(q.MA)
}
