package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/enbility/eebus-go/api"
	"github.com/enbility/eebus-go/service"
	shipapi "github.com/enbility/ship-go/api"
	spineapi "github.com/enbility/spine-go/api"
	"github.com/enbility/spine-go/model"
)

// node is the SHIP node with its one SPINE entity and the use cases on it.
type node struct {
	options options
	out     *output
	tracer  *tracer
	service *service.Service
	entity  spineapi.EntityLocalInterface
	useCases
}

var _ api.ServiceReaderInterface = (*node)(nil)

// role is what the --entity flag decides: the device, its entity and the heartbeat it promises.
type role struct {
	model     string
	device    model.DeviceTypeType
	entity    model.EntityTypeType
	heartbeat time.Duration
}

var roles = map[string]role{
	// a heartbeat of 4 s is what OPEV asks of an energy manager, 60 s what LPC asks of a control box
	"cem": {
		"HEMS", model.DeviceTypeTypeEnergyManagementSystem, model.EntityTypeTypeCEM, 4 * time.Second,
	},
	"gridguard": {
		"ControlBox", model.DeviceTypeTypeElectricitySupplySystem, model.EntityTypeTypeGridGuard,
		60 * time.Second,
	},
	"gridmeter": {
		"GridMeter", model.DeviceTypeTypeElectricitySupplySystem,
		model.EntityTypeTypeGridConnectionPointOfPremises, 60 * time.Second,
	},
}

func newNode(o options, out *output) (*node, error) {
	r, ok := roles[o.entity]
	if !ok {
		return nil, fmt.Errorf("--entity %s: not cem, gridguard or gridmeter", o.entity)
	}
	provider, err := o.mdnsProvider()
	if err != nil {
		return nil, err
	}
	certificate, err := loadIdentity(o.certFile, o.keyFile, r.model+"-"+o.serial)
	if err != nil {
		return nil, err
	}
	configuration, err := api.NewConfiguration("Interop", "Interop", r.model, o.serial,
		r.device, []model.EntityTypeType{r.entity}, o.port, certificate, r.heartbeat)
	if err != nil {
		return nil, err
	}
	configuration.SetMdnsProviderSelection(provider)
	if o.iface != "" {
		configuration.SetInterfaces([]string{o.iface})
	}

	n := &node{options: o, out: out, tracer: &tracer{w: os.Stderr, start: out.start}}
	n.tracer.on.Store(o.trace)
	n.service = service.NewService(configuration, n)
	n.service.SetLogging(n.tracer)
	if err := n.service.Setup(); err != nil {
		return nil, err
	}
	n.entity = n.service.LocalDevice().EntityForType(r.entity)
	switch o.entity {
	case "cem":
		n.addEnergyManager()
	case "gridguard":
		n.addControlBox()
	case "gridmeter":
		n.addGridMeter()
	}
	for _, ski := range strings.Split(o.remoteSKI, ",") {
		if ski != "" {
			n.service.RegisterRemoteSKI(ski)
		}
	}
	return n, nil
}

func (n *node) identity() fields {
	local := n.service.LocalService()
	return fields{"ski": local.SKI(), "ship_id": local.ShipID(), "versions": versions()}
}

func (n *node) start() {
	f := n.identity()
	f["port"] = n.options.port
	n.out.event("ready", f)
	n.service.Start()
}

// versions names the library modules compiled in.
func versions() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	for _, module := range info.Deps {
		if name, ours := strings.CutPrefix(module.Path, "github.com/enbility/"); ours {
			found[name] = module.Version
		}
	}
	return found
}

// RemoteSKIConnected is called when the SHIP handshake is complete.
func (n *node) RemoteSKIConnected(_ api.ServiceInterface, ski string) {
	n.out.event("connected", fields{"ski": ski})
}

// RemoteSKIDisconnected is called when a connection has gone, or was never completed.
func (n *node) RemoteSKIDisconnected(_ api.ServiceInterface, ski string) {
	n.out.event("disconnected", fields{"ski": ski})
}

// VisibleRemoteServicesUpdated is called with all SHIP services that mDNS shows.
func (n *node) VisibleRemoteServicesUpdated(_ api.ServiceInterface, entries []shipapi.RemoteService) {
	services := make([]fields, 0, len(entries))
	for _, e := range entries {
		services = append(services, fields{
			"name": e.Name, "ski": e.Ski, "id": e.Identifier,
			"brand": e.Brand, "type": e.Type, "model": e.Model,
		})
	}
	n.out.event("visible", fields{"services": services})
}

// ServiceShipIDUpdate is called with the id of the peer's accessMethods.
func (n *node) ServiceShipIDUpdate(ski string, shipID string) {
	n.out.event("ship_id", fields{"ski": ski, "ship_id": shipID})
}

var pairingStates = map[shipapi.ConnectionState]string{
	shipapi.ConnectionStateNone:                   "none",
	shipapi.ConnectionStateQueued:                 "queued",
	shipapi.ConnectionStateInitiated:              "initiated",
	shipapi.ConnectionStateReceivedPairingRequest: "received_pairing_request",
	shipapi.ConnectionStateInProgress:             "in_progress",
	shipapi.ConnectionStateTrusted:                "trusted",
	shipapi.ConnectionStatePin:                    "pin",
	shipapi.ConnectionStateCompleted:              "completed",
	shipapi.ConnectionStateRemoteDeniedTrust:      "remote_denied_trust",
	shipapi.ConnectionStateError:                  "error",
}

// ServicePairingDetailUpdate is called on each change of the SHIP handshake state, with the
// library's delay of 0.5 s.
func (n *node) ServicePairingDetailUpdate(ski string, detail *shipapi.ConnectionStateDetail) {
	f := fields{"ski": ski, "state": pairingStates[detail.State()]}
	if err := detail.Error(); err != nil {
		f["reason"] = err.Error()
	}
	n.out.event("pairing", f)
}
