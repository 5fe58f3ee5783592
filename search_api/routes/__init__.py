"""The routes, thin: parameters in, the searcher's answer out."""
