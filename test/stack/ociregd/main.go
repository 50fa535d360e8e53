// Command ociregd serves an in-memory OCI registry (engine: cuelabs ociserver +
// ocimem) on a loopback port, with optional TLS, basic or bearer-token auth, and
// the quirks that ociserver offers. With -token-only it is just a token server
// for another registry (distribution's auth.token), using the same users. The
// first line of its output is where it listens.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

var (
	addr      = flag.String("address", "127.0.0.1:0", "listen address")
	auth      = flag.String("auth", "none", "none, basic or token")
	user      = flag.String("user", "tester", "user name")
	passEnv   = flag.String("password-env", "REGISTRY_PASSWORD", "environment variable with the password")
	anonPull  = flag.Bool("anonymous-pull", false, "token server gives anonymous callers pull scope")
	ttl       = flag.Duration("token-ttl", 5*time.Minute, "token lifetime")
	service   = flag.String("service", "ociregd", "token service name")
	tlsCert   = flag.String("tls-cert", "", "PEM certificate chain")
	tlsKey    = flag.String("tls-key", "", "PEM key")
	jwksOut   = flag.String("jwks-out", "", "write the token key as JWKS here")
	tokenOnly = flag.Bool("token-only", false, "serve /token only")

	noReferrers = flag.Bool("no-referrers", false, "answer 404 on the referrers API")
	noFilter    = flag.Bool("no-referrers-filter", false, "ignore artifactType")
	noDigestHdr = flag.Bool("no-digest-header", false, "omit Docker-Content-Digest on tag GET")
	noLink      = flag.Bool("no-link-header", false, "omit Link on lists")
)

type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

type grant struct {
	exp    time.Time
	access []access
}

type server struct {
	pass   string
	scheme string
	host   string
	key    *ecdsa.PrivateKey
	kid    string
	next   http.Handler
	mu     sync.Mutex
	tokens map[string]grant
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (s *server) basicOK(r *http.Request) bool {
	u, p, ok := r.BasicAuth()
	return ok && u == *user && subtle.ConstantTimeCompare([]byte(p), []byte(s.pass)) == 1
}

func deny(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
}

// token implements the Docker registry token protocol (GET) with ES256 JWTs.
func (s *server) token(w http.ResponseWriter, r *http.Request) {
	authed := s.basicOK(r)
	if !authed && (r.Header.Get("Authorization") != "" || !*anonPull) {
		deny(w, `Basic realm="token"`)
		return
	}
	acc := []access{}
	for _, sc := range r.URL.Query()["scope"] {
		for _, one := range strings.Fields(sc) {
			i, j := strings.Index(one, ":"), strings.LastIndex(one, ":")
			if i < 0 || i == j {
				continue
			}
			a := access{Type: one[:i], Name: one[i+1 : j]}
			for _, act := range strings.Split(one[j+1:], ",") {
				if authed || act == "pull" {
					a.Actions = append(a.Actions, act)
				}
			}
			acc = append(acc, a)
		}
	}
	now := time.Now()
	jti := make([]byte, 16)
	rand.Read(jti)
	hdr, _ := json.Marshal(map[string]any{"typ": "JWT", "alg": "ES256", "kid": s.kid})
	claims, _ := json.Marshal(map[string]any{
		"iss": "ociregd", "sub": *user, "aud": *service, "jti": hex.EncodeToString(jti),
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(*ttl).Unix(), "access": acc,
	})
	input := b64(hdr) + "." + b64(claims)
	h := sha256.Sum256([]byte(input))
	x, y, err := ecdsa.Sign(rand.Reader, s.key, h[:])
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	sig := make([]byte, 64)
	x.FillBytes(sig[:32])
	y.FillBytes(sig[32:])
	tok := input + "." + b64(sig)
	s.mu.Lock()
	s.tokens[tok] = grant{now.Add(*ttl), acc}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"token": tok, "access_token": tok, "expires_in": int(ttl.Seconds()), "issued_at": now.UTC().Format(time.RFC3339)})
}

func repoOf(path string) string {
	p := strings.TrimPrefix(path, "/v2/")
	for _, m := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if i := strings.LastIndex(p, m); i > 0 {
			return p[:i]
		}
	}
	return ""
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" && (*auth == "token" || *tokenOnly) {
		s.token(w, r)
		return
	}
	if *tokenOnly {
		http.NotFound(w, r)
		return
	}
	switch *auth {
	case "basic":
		if !s.basicOK(r) {
			deny(w, `Basic realm="ociregd"`)
			return
		}
	case "token":
		repo, need := repoOf(r.URL.Path), "pull"
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			need = "push"
		}
		tok, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		g, known := s.tokens[tok]
		s.mu.Unlock()
		allowed := false
		if ok && known && time.Now().Before(g.exp) {
			allowed = repo == ""
			for _, a := range g.access {
				if a.Type == "repository" && a.Name == repo {
					for _, act := range a.Actions {
						allowed = allowed || act == need || act == "*"
					}
				}
			}
		}
		if !allowed {
			c := fmt.Sprintf(`Bearer realm="%s://%s/token",service="%s"`, s.scheme, s.host, *service)
			if repo != "" {
				scope := "pull"
				if need == "push" {
					scope = "pull,push"
				}
				c += fmt.Sprintf(`,scope="repository:%s:%s"`, repo, scope)
			}
			deny(w, c)
			return
		}
	}
	s.next.ServeHTTP(w, r)
}

func main() {
	flag.Parse()
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{pass: os.Getenv(*passEnv), scheme: "http", host: ln.Addr().String(), key: key, kid: "k1", tokens: map[string]grant{}}
	if (*auth != "none" || *tokenOnly) && s.pass == "" {
		log.Fatalf("set %s", *passEnv)
	}
	if *tlsCert != "" {
		s.scheme = "https"
	}
	if *jwksOut != "" {
		xy := make([]byte, 64)
		key.X.FillBytes(xy[:32])
		key.Y.FillBytes(xy[32:])
		j, _ := json.Marshal(map[string]any{"keys": []any{map[string]string{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": s.kid, "x": b64(xy[:32]), "y": b64(xy[32:])}}})
		if err := os.WriteFile(*jwksOut, j, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	s.next = ociserver.New(ocimem.New(), &ociserver.Options{
		DisableReferrersAPI: *noReferrers, DisableReferrersFiltering: *noFilter,
		OmitDigestFromTagGetResponse: *noDigestHdr, OmitLinkHeaderFromResponses: *noLink,
	})
	hs := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	fmt.Printf("%s://%s\n", s.scheme, s.host)
	if *tlsCert != "" {
		log.Fatal(hs.ServeTLS(ln, *tlsCert, *tlsKey))
	}
	log.Fatal(hs.Serve(ln))
}
