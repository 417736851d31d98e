// Go's crypto.Signer, crypto.Decrypter and cipher.AEAD over keys of the token, by crypto11 and miekg/pkcs11.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ThalesIgnite/crypto11"
)

// must ends the program where there is an error.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// certify makes a certificate for the key by the key itself.
func certify(key crypto11.Signer, name string) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		DNSNames:              []string{name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))))
}

// meets lets a server and a client shake hands, each with a key of the token.
func meets(server, client crypto11.Signer) {
	pool := x509.NewCertPool()
	side := func(key crypto11.Signer, name string) *tls.Config {
		certificate := certify(key, name)
		pool.AddCert(certificate)
		return &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}},
			RootCAs:      pool,
			ClientCAs:    pool,
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ServerName:   "server",
		}
	}
	inside, outside := net.Pipe()
	serving := tls.Server(inside, side(server, "server"))
	asking := tls.Client(outside, side(client, "client"))
	go func() {
		text := make([]byte, 5)
		must(serving.Read(text))
		must(serving.Write(text))
	}()
	must(asking.Write([]byte("hello")))
	echo := make([]byte, 5)
	must(asking.Read(echo))
	if string(echo) != "hello" {
		panic(string(echo))
	}
}

func main() {
	token := must(crypto11.Configure(&crypto11.Config{
		Path: os.Args[1], TokenLabel: "tool", Pin: os.Args[2], GCMIVLength: 12,
	}))
	defer token.Close()
	random := must(token.NewRandomReader())
	digest := sha256.Sum256([]byte("message"))

	must(token.GenerateECDSAKeyPairWithLabel([]byte{1}, []byte("ec"), elliptic.P256()))
	ec := must(token.FindKeyPair([]byte{1}, []byte("ec")))
	var signers sync.WaitGroup
	for task := 0; task < 4; task++ {
		signers.Add(1)
		go func() {
			defer signers.Done()
			for round := 0; round < 25; round++ {
				signature := must(ec.Sign(random, digest[:], crypto.SHA256))
				if !ecdsa.VerifyASN1(ec.Public().(*ecdsa.PublicKey), digest[:], signature) {
					panic("a signature does not fit")
				}
			}
		}()
	}
	signers.Wait()

	pair := must(token.GenerateRSAKeyPairWithLabel([]byte{2}, []byte("rsa"), 2048))
	public := pair.Public().(*rsa.PublicKey)
	salted := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	signature := must(pair.Sign(random, digest[:], salted))
	if err := rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, salted); err != nil {
		panic(err)
	}
	secret := must(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, []byte("secret"), nil))
	opened := must(pair.Decrypt(random, secret, &rsa.OAEPOptions{Hash: crypto.SHA256}))
	if string(opened) != "secret" {
		panic("another message came out")
	}

	key := must(token.GenerateSecretKey([]byte{3}, 256, crypto11.CipherAES))
	gcm := must(key.NewGCM())
	nonce := make([]byte, gcm.NonceSize())
	must(random.Read(nonce))
	sealed := gcm.Seal(nil, nonce, []byte("secret"), []byte("public"))
	if string(must(gcm.Open(nil, nonce, sealed, []byte("public")))) != "secret" {
		panic("another message came out")
	}
	sealed[0] ^= 1
	if _, err := gcm.Open(nil, nonce, sealed, []byte("public")); err == nil {
		panic("a changed ciphertext was opened")
	}

	meets(ec, pair)
	meets(pair, ec)
	fmt.Println("done")
}
