module.exports = function hi() { return 'called'; };
module.exports.extra = 5;
