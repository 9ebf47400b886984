exports.a = 1;
exports.f = function () { return typeof this; };
module.exports.name = typeof __filename === 'undefined' ? 'none' : 'some';
