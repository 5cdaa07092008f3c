// The interface of a dispatch namespace that the platform does not have: every Worker in it fails to be
// called.

export default ({ absent }) => ({ get: () => absent });
