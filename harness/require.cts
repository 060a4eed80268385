// What require('consensus-bench') gets: the package is an ES module, and one that awaits while it loads, which require() cannot.
throw new Error(
  'consensus-bench is an ES module: use import … from \'consensus-bench\' (in a .mjs file, or with "type": "module" in package.json), or await import(\'consensus-bench\')',
);
