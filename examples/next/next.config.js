export default {
  // A lock file further up is another program's.
  turbopack: { root: import.meta.dirname },
};
