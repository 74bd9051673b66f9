package main

import (
	"errors"
	"fmt"

	"github.com/enbility/eebus-go/api"
	ucapi "github.com/enbility/eebus-go/usecases/api"
	"github.com/enbility/eebus-go/usecases/cem/cevc"
	"github.com/enbility/eebus-go/usecases/cem/evcc"
	"github.com/enbility/eebus-go/usecases/cem/evcem"
	"github.com/enbility/eebus-go/usecases/cem/evsecc"
	"github.com/enbility/eebus-go/usecases/cem/evsoc"
	"github.com/enbility/eebus-go/usecases/cem/opev"
	"github.com/enbility/eebus-go/usecases/cem/oscev"
	"github.com/enbility/eebus-go/usecases/eg/lpc"
	"github.com/enbility/eebus-go/usecases/eg/lpp"
	"github.com/enbility/eebus-go/usecases/ma/mpc"
	spineapi "github.com/enbility/spine-go/api"
)

// useCases are those of this node; a control box has the two limiters only, a meter of the grid
// connection has MGCP.
type useCases struct {
	byName map[string]api.UseCaseInterface

	lpc, lpp *limiter
	mpc      ucapi.MaMPCInterface
	evsecc   ucapi.CemEVSECCInterface
	evcc     ucapi.CemEVCCInterface
	evcem    ucapi.CemEVCEMInterface
	evsoc    ucapi.CemEVSOCInterface
	opev     ucapi.CemOPEVInterface
	oscev    ucapi.CemOSCEVInterface
	cevc     ucapi.CemCEVCInterface
	point    *gridPoint
}

func (n *node) addControlBox() {
	n.byName = map[string]api.UseCaseInterface{}
	consumption := lpc.NewLPC(n.entity, n.report("lpc"))
	production := lpp.NewLPP(n.entity, n.report("lpp"))
	n.lpc = consumptionLimiter(n.entity, consumption)
	n.lpp = productionLimiter(n.entity, production)
	n.add("lpc", consumption)
	n.add("lpp", production)
}

func (n *node) addEnergyManager() {
	n.addControlBox()
	n.mpc = mpc.NewMPC(n.entity, n.report("mpc"))
	n.evsecc = evsecc.NewEVSECC(n.entity, n.report("evsecc"))
	n.evcc = evcc.NewEVCC(n.service, n.entity, n.report("evcc"))
	n.evcem = evcem.NewEVCEM(n.service, n.entity, n.report("evcem"))
	n.evsoc = evsoc.NewEVSOC(n.entity, n.report("evsoc"))
	n.opev = opev.NewOPEV(n.entity, n.report("opev"))
	n.oscev = oscev.NewOSCEV(n.entity, n.report("oscev"))
	n.cevc = cevc.NewCEVC(n.entity, n.report("cevc"))
	n.add("mpc", n.mpc)
	n.add("evsecc", n.evsecc)
	n.add("evcc", n.evcc)
	n.add("evcem", n.evcem)
	n.add("evsoc", n.evsoc)
	n.add("opev", n.opev)
	n.add("oscev", n.oscev)
	n.add("cevc", n.cevc)
}

func (n *node) addGridMeter() {
	n.byName = map[string]api.UseCaseInterface{}
	n.point = newGridPoint(n.entity, n.report("mgcp"))
	n.add("mgcp", n.point)
}

func (n *node) add(name string, u api.UseCaseInterface) {
	n.service.AddUseCase(u)
	n.byName[name] = u
}

// report writes each event of a use case; name is the library's, such as "eg-lpc-DataUpdateLimit".
func (n *node) report(use string) api.EntityEventCallback {
	return func(ski string, _ spineapi.DeviceRemoteInterface, e spineapi.EntityRemoteInterface, event api.EventType) {
		f := fields{"use": use, "name": string(event), "ski": ski}
		if e != nil && e.Address() != nil {
			f["entity"] = e.Address().Entity
			f["entity_type"] = string(e.EntityType())
		}
		n.out.event("usecase", f)
	}
}

// scenarios lists, per use case, the remote entities that offer it and which scenarios they
// announce with the features these need.
func (n *node) scenarios(request) (fields, error) {
	found := fields{}
	for name, u := range n.byName {
		entities := []fields{}
		for _, r := range u.RemoteEntitiesScenarios() {
			entities = append(entities, fields{
				"ski":         r.Entity.Device().Ski(),
				"entity":      r.Entity.Address().Entity,
				"entity_type": string(r.Entity.EntityType()),
				"scenarios":   r.Scenarios,
			})
		}
		found[name] = entities
	}
	return fields{"scenarios": found}, nil
}

var errNotHere = errors.New("this entity does not have the use case")

// remote is the first remote entity that offers the use case.
func (n *node) remote(use string) (spineapi.EntityRemoteInterface, error) {
	u, ok := n.byName[use]
	if !ok {
		return nil, fmt.Errorf("%s: %w", use, errNotHere)
	}
	entities := u.RemoteEntitiesScenarios()
	if len(entities) == 0 {
		return nil, fmt.Errorf("%s: no remote entity offers it", use)
	}
	return entities[0].Entity, nil
}
