"""VG-HuBERT: words where the CLS token of a speech encoder taught by pictures looks (Peng & Harwath 2022)."""
