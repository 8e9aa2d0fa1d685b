// An array parameter in PostgreSQL's binary format: lengths and bytes, so that nothing in it needs
// quoting, and no byte of a value can be taken for anything else.
//
//   BinaryArray ids(BinaryArray::Element::kText);
//   ids.Add(record.id());
//   parameters.arrays.push_back(ids.Take());
//
// Threading: confined.
#ifndef SKALD_STORAGE_POSTGRES_BINARY_ARRAY_H_
#define SKALD_STORAGE_POSTGRES_BINARY_ARRAY_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::postgres {

class BinaryArray final {
 public:
  // The numbers are PostgreSQL's, from pg_type.
  enum class Element : uint32_t {
    kBool = 16,
    kBytes = 17,
    kInt8 = 20,
    kInt2 = 21,
    kInt4 = 23,
    kText = 25
  };

  explicit BinaryArray(Element element);

  // Of kText and kBytes.
  void Add(std::string_view bytes);
  // Of the others. The value must fit.
  void AddNumber(int64_t value);

  // The array; leaves this one empty.
  std::string Take();

 private:
  Element element_;
  uint32_t size_ = 0;
  std::string out_;
};

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_BINARY_ARRAY_H_
