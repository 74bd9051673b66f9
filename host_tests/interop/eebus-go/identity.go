package main

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/enbility/ship-go/cert"
)

// loadIdentity reads certificate and key, or makes and stores them when the certificate is not
// there, so that the SKI stays the same from run to run.
func loadIdentity(certFile, keyFile, commonName string) (tls.Certificate, error) {
	if _, err := os.Stat(certFile); err == nil {
		return tls.LoadX509KeyPair(certFile, keyFile)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return tls.Certificate{}, err
	}

	certificate, err := cert.CreateCertificate("Interop", "eebus-go", "DE", commonName)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, ok := certificate.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return tls.Certificate{}, fmt.Errorf("private key is a %T", certificate.PrivateKey)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	// the key first: a certificate without its key would be taken for a complete identity
	if err := writePEM(keyFile, "EC PRIVATE KEY", der); err != nil {
		return tls.Certificate{}, err
	}
	return certificate, writePEM(certFile, "CERTIFICATE", certificate.Certificate[0])
}

func writePEM(name, kind string, der []byte) error {
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
