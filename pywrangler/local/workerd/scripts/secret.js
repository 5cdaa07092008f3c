// A Secrets Store binding: an object whose get() gives the value.

export default ({ name, value }) => ({
  async get() {
    if (value === null) throw new Error(`Secret "${name}" not found`);
    return value;
  },
});
