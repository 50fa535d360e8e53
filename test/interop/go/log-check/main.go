// log-check holds an evidence log of slsa-gate against golang.org/x/mod/sumdb: signed notes, RFC 6962 proofs and tiles.
//
//	log-check checkpoint  VKEY CHECKPOINT
//	log-check inclusion   VKEY PROOF LEAF
//	log-check consistency VKEY OLD NEW HASHES
//	log-check tiles       VKEY CHECKPOINT DIR
//
// VKEY is a verifier key; all others are files. Exits 0 when it holds, 1 with the reason on standard error when it does
// not, and 2 when it was called wrongly.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	checks := map[string]struct {
		files int
		run   func(vkey string, files []string) (string, error)
	}{
		"checkpoint":  {1, checkpoint},
		"inclusion":   {2, inclusion},
		"consistency": {3, consistency},
		"tiles":       {2, tiles},
	}
	var name string
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	check, known := checks[name]
	if !known || len(os.Args) != 3+check.files {
		fmt.Fprintln(os.Stderr, "usage: log-check checkpoint|inclusion|consistency|tiles VKEY FILE...")
		os.Exit(2)
	}
	said, err := check.run(os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "refused: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func checkpoint(vkey string, files []string) (string, error) {
	tree, err := openFile(vkey, files[0])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s", tree.N, tree.Hash), nil
}

func inclusion(vkey string, files []string) (string, error) {
	proof, err := os.ReadFile(files[0])
	if err != nil {
		return "", err
	}
	leaf, err := os.ReadFile(files[1])
	if err != nil {
		return "", err
	}
	// C2SP tlog-proof: header, index, hashes, an empty line, the checkpoint.
	top, signed, found := strings.Cut(string(proof), "\n\n")
	if !found {
		return "", errors.New("the proof has no checkpoint")
	}
	lines := strings.Split(top, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("the proof has another header")
	}
	digits, found := strings.CutPrefix(lines[1], "index ")
	if !found {
		return "", errors.New("the proof has no index")
	}
	index, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return "", err
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return "", err
	}
	tree, err := open(vkey, []byte(signed))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d", index, tree.N), nil
}

func consistency(vkey string, files []string) (string, error) {
	older, err := openFile(vkey, files[0])
	if err != nil {
		return "", err
	}
	newer, err := openFile(vkey, files[1])
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(files[2])
	if err != nil {
		return "", err
	}
	hashes, err := parseHashes(linesOf(string(text)))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckTree(hashes, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d to %d", older.N, newer.N), nil
}

// tiles reads every tile under the signed root, and every leaf out of the entry bundles, and compares their hashes.
func tiles(vkey string, files []string) (string, error) {
	tree, err := openFile(vkey, files[0])
	if err != nil {
		return "", err
	}
	folder := files[1]
	reader := tlog.TileHashReader(tree, tileFolder(folder))
	leaves, err := readEntries(folder, tree.N)
	if err != nil {
		return "", err
	}
	for index, leaf := range leaves {
		stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			return "", err
		}
		if stored[0] != tlog.RecordHash(leaf) {
			return "", fmt.Errorf("leaf %d is not the one in the tiles", index)
		}
	}
	return fmt.Sprintf("%d leaves", len(leaves)), nil
}

func openFile(vkey, name string) (tlog.Tree, error) {
	signed, err := os.ReadFile(name)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(vkey, signed)
}

// open verifies a checkpoint, whose origin must be the name of the key.
func open(vkey string, signed []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	// tlog-checkpoint is the tree note of the Go checksum database, but for its first line.
	rest, found := strings.CutPrefix(opened.Text, verifier.Name()+"\n")
	if !found {
		return tlog.Tree{}, errors.New("the checkpoint is of another origin")
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		bytes, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil {
			return nil, err
		}
		if len(bytes) != tlog.HashSize {
			return nil, errors.New("a hash of another length")
		}
		hashes = append(hashes, tlog.Hash(bytes))
	}
	return hashes, nil
}

const tileHeight = 8

// tileFolder reads tiles as C2SP tlog-tiles names them: as the checksum database does, without the height.
type tileFolder string

func (folder tileFolder) Height() int                                { return tileHeight }
func (folder tileFolder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (folder tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, 0, len(tiles))
	for _, tile := range tiles {
		path, found := strings.CutPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
		if !found {
			return nil, fmt.Errorf("another height: %s", tile.Path())
		}
		bytes, err := os.ReadFile(filepath.Join(string(folder), "tile", path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func readEntries(folder string, size int64) ([][]byte, error) {
	const width = 1 << tileHeight
	var leaves [][]byte
	for start := int64(0); start < size; start += width {
		tile := tlog.Tile{H: tileHeight, L: 0, N: start / width, W: int(min(width, size-start))}
		path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/0/", tileHeight))
		bytes, err := os.ReadFile(filepath.Join(folder, "tile", "entries", path))
		if err != nil {
			return nil, err
		}
		before := len(leaves)
		for len(bytes) > 0 {
			if len(bytes) < 2 || len(bytes)-2 < int(binary.BigEndian.Uint16(bytes)) {
				return nil, fmt.Errorf("a bundle of entries ends early: %s", path)
			}
			length := int(binary.BigEndian.Uint16(bytes))
			leaves = append(leaves, bytes[2:2+length])
			bytes = bytes[2+length:]
		}
		if len(leaves)-before != tile.W {
			return nil, fmt.Errorf("a bundle of entries has another number of leaves: %s", path)
		}
	}
	return leaves, nil
}
