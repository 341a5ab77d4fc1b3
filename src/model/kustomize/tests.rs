//! Tables of patches, merges and transformers: a kustomization and what it gives.
