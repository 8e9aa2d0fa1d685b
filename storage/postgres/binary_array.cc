#include "storage/postgres/binary_array.h"

#include <utility>

namespace skald::postgres {
namespace {

// The format is that of array_recv: dimensions, a flag for nulls, the element's type; then for each
// dimension its size and lower bound; then for each element its length and bytes. Big-endian.
constexpr size_t kHeaderSize = 20;

void PutBigEndian(std::string& out, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

int Width(BinaryArray::Element element) {
  switch (element) {
    case BinaryArray::Element::kBool: return 1;
    case BinaryArray::Element::kInt2: return 2;
    case BinaryArray::Element::kInt4: return 4;
    case BinaryArray::Element::kInt8: return 8;
    case BinaryArray::Element::kBytes:
    case BinaryArray::Element::kText: break;
  }
  return 0;
}

}  // namespace

BinaryArray::BinaryArray(Element element) : element_(element), out_(kHeaderSize, '\0') {}

void BinaryArray::Add(std::string_view bytes) {
  PutBigEndian(out_, bytes.size(), 4);
  out_ += bytes;
  ++size_;
}

void BinaryArray::AddNumber(int64_t value) {
  const int width = Width(element_);
  PutBigEndian(out_, static_cast<uint64_t>(width), 4);
  PutBigEndian(out_, static_cast<uint64_t>(value), width);
  ++size_;
}

std::string BinaryArray::Take() {
  std::string header;
  // An empty array has no dimension.
  PutBigEndian(header, size_ > 0 ? 1 : 0, 4);
  PutBigEndian(header, 0, 4);
  PutBigEndian(header, static_cast<uint32_t>(element_), 4);
  if (size_ > 0) {
    PutBigEndian(header, size_, 4);
    PutBigEndian(header, 1, 4);
  }
  std::string taken = std::exchange(out_, std::string(kHeaderSize, '\0'));
  if (size_ == 0) return header;
  taken.replace(0, kHeaderSize, header);
  size_ = 0;
  return taken;
}

}  // namespace skald::postgres
