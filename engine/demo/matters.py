"""What citizens ask about: sixteen matters with the words of both sides, and the people who ask. All persons are invented."""

from dataclasses import dataclass

PCTN = ("36/2018/QH14", "2018-11-20", "Luật Phòng, chống tham nhũng", "Điều 15 khoản 1")
LAND_RECOVERY = ("31/2024/QH15", "2024-01-18", "Luật Đất đai", "Điều 79, Điều 85")
ENVIRONMENT = ("72/2020/QH14", "2020-11-17", "Luật Bảo vệ môi trường", "Điều 43")
BUILDING = ("50/2014/QH13", "2014-06-18", "Luật Xây dựng", "Điều 91")
BIDDING = ("22/2023/QH15", "2023-06-23", "Luật Đấu thầu", "Điều 7")
RECEPTION = ("42/2013/QH13", "2013-11-25", "Luật Tiếp công dân", "Điều 18")
INFORMATION = ("104/2016/QH13", "2016-04-06", "Luật Tiếp cận thông tin", "Điều 17")
ACCOUNTABILITY = ("59/2019/NĐ-CP", "2019-07-01", "Nghị định quy định chi tiết Luật Phòng, chống tham nhũng", "Điều 3")


@dataclass(frozen=True)
class Matter:
    """One kind of decision or act that people ask about, with what each side writes. `{…}` is filled in for each request."""

    domain: str
    unit: str
    decision: str
    description: str
    effect: str
    question: str
    findings: str
    answer: str
    promise: str
    law: tuple[str, str, str, str]


MATTERS = {
    "land_recovery": Matter(
        "land",
        "Phòng Kinh tế, Hạ tầng và Đô thị",
        "QĐ-UBND",
        "Quyết định thu hồi {area} m² đất thuộc thửa số {plot}, tờ bản đồ số {sheet} để mở rộng đường {street}.",
        "Gia đình tôi mất {area} m² đất ở đang sử dụng ổn định và lối đi ra đường {street}.",
        "Đề nghị giải trình căn cứ thu hồi đất, trình tự thông báo và việc lấy ý kiến các hộ dọc đường {street}.",
        "Thông báo thu hồi đất được niêm yết đủ thời gian; biên bản họp dân thiếu chữ ký của ba hộ cuối tuyến.",
        "Việc thu hồi theo kế hoạch sử dụng đất đã được phê duyệt; thông báo đã niêm yết tại khu phố {ward} và gửi từng hộ.",
        "Bố trí lối đi tạm cho hộ gia đình trước khi thi công đoạn tuyến đường {street}.",
        LAND_RECOVERY,
    ),
    "land_certificate": Matter(
        "land",
        "Bộ phận đăng ký đất đai",
        "CV-UBND",
        "Văn bản trả lại hồ sơ cấp giấy chứng nhận thửa số {plot}, tờ bản đồ số {sheet}.",
        "Hồ sơ bị trả lại {times} lần, tôi không thế chấp vay vốn sản xuất được.",
        "Đề nghị giải trình vì sao hồ sơ bị trả lại {times} lần với lý do khác nhau và ai chịu trách nhiệm.",
        "Lần trả đầu thiếu trích đo; các lần sau do ranh giới chồng với đất công ích.",
        "Ranh giới thửa {plot} chồng {area} m² với đất công ích; lẽ ra phải nêu đủ lý do ngay lần trả hồ sơ thứ nhất.",
        "Đo đạc lại ranh giới thửa {plot} và trả lời bằng văn bản một lần, đủ các yêu cầu.",
        LAND_RECOVERY,
    ),
    "landfill": Matter(
        "environment",
        "Phòng Môi trường",
        "GPMT-UBND",
        "Giấy phép môi trường của cơ sở xử lý rác thải cạnh khu phố {ward}.",
        "Mùi hôi và nước rỉ rác ảnh hưởng đến sức khỏe gia đình tôi, nhà cách cơ sở {area} mét.",
        "Đề nghị giải trình căn cứ cấp phép, kết quả quan trắc và việc lấy ý kiến khu phố {ward}.",
        "Quan trắc {times} đợt: hai thông số vượt ngưỡng về đêm; chủ cơ sở đã bị nhắc nhở.",
        "Giấy phép cấp đúng thẩm quyền; kết quả quan trắc {times} đợt được công khai kèm văn bản này.",
        "Lắp trạm quan trắc tự động và công khai số liệu hằng ngày cho khu phố {ward}.",
        ENVIRONMENT,
    ),
    "dust": Matter(
        "environment",
        "Đội Quản lý trật tự đô thị",
        "TB-UBND",
        "Việc cho phép xe chở vật liệu chạy qua đường {street} trong giờ cao điểm.",
        "Bụi và tiếng ồn khiến cửa hàng của tôi trên đường {street} phải đóng cửa {times} ngày mỗi tháng.",
        "Đề nghị giải trình ai cho phép, thời hạn cho phép và biện pháp giảm bụi trên đường {street}.",
        "Văn bản cho phép đã hết hạn từ tháng trước, đơn vị thi công chưa tưới nước theo cam kết.",
        "Văn bản cho phép đã hết hiệu lực; cơ quan đã yêu cầu dừng xe trong giờ cao điểm trên đường {street}.",
        "Kiểm tra việc tưới nước, che chắn trên đường {street} hai lần mỗi ngày cho đến khi thi công xong.",
        ENVIRONMENT,
    ),
    "building_permit": Matter(
        "construction",
        "Phòng Kinh tế, Hạ tầng và Đô thị",
        "QĐ-UBND",
        "Văn bản từ chối cấp phép xây dựng nhà ở riêng lẻ tại số {plot} đường {street}.",
        "Gia đình tôi phải thuê nhà trọ {times} tháng vì không được xây lại nhà đã xuống cấp.",
        "Đề nghị giải trình căn cứ từ chối và vì sao nhà liền kề được cấp phép.",
        "Lô đất vướng chỉ giới đường đỏ {area} cm; nhà liền kề được cấp phép trước khi điều chỉnh quy hoạch.",
        "Quy hoạch chi tiết điều chỉnh năm 2025 lùi chỉ giới trên đường {street}; phần ngoài chỉ giới vẫn được cấp phép.",
        "Hướng dẫn điều chỉnh bản vẽ và cấp phép phần đất ngoài chỉ giới tại số {plot} đường {street}.",
        BUILDING,
    ),
    "demolition": Matter(
        "construction",
        "Đội Quản lý trật tự đô thị",
        "QĐ-CC",
        "Quyết định cưỡng chế tháo dỡ phần mái che tại số {plot} đường {street}.",
        "Phần mái che bị tháo dỡ trong khi tôi chưa nhận được quyết định xử phạt.",
        "Đề nghị giải trình về thẩm quyền, trình tự tống đạt quyết định và việc áp dụng thống nhất trên đường {street}.",
        "Quyết định được giao cho người thuê nhà, không giao cho chủ nhà; biên bản giao nhận thiếu người chứng kiến.",
        "Việc tháo dỡ đúng thẩm quyền; việc tống đạt còn thiếu sót và cơ quan đã kiểm điểm người được giao.",
        "Rà soát {times} trường hợp tương tự trên đường {street} và công khai kết quả.",
        BUILDING,
    ),
    "investor": Matter(
        "investment",
        "Phòng Quản lý đầu tư",
        "QĐ-UBND",
        "Quyết định lựa chọn nhà đầu tư dự án khu thương mại đường {street}.",
        "Doanh nghiệp chúng tôi bị loại ở bước đánh giá năng lực mà không được thông báo điểm.",
        "Đề nghị giải trình tiêu chí chấm điểm và lý do không công bố kết quả từng tiêu chí.",
        "Bảng điểm có đủ chữ ký của tổ chuyên gia; điểm từng tiêu chí chưa được đăng tải.",
        "Hồ sơ của doanh nghiệp thiếu cam kết tín dụng {money} tỷ đồng; bảng điểm được cung cấp kèm theo văn bản này.",
        "Đăng tải kết quả đánh giá từng tiêu chí của các dự án từ nay trên hệ thống mạng đấu thầu.",
        BIDDING,
    ),
    "school_budget": Matter(
        "finance",
        "Phòng Quản lý ngân sách",
        "QĐ-STC",
        "Quyết định phân bổ {money} tỷ đồng sửa chữa trường học trên địa bàn.",
        "Trường của con tôi ở khu phố {ward} không được phân bổ dù đã xuống cấp nhiều năm.",
        "Đề nghị giải trình căn cứ phân bổ, thứ tự ưu tiên và vì sao trường ở khu phố {ward} không có trong danh mục.",
        "Trường chưa có kết quả kiểm định kết cấu tại thời điểm lập danh mục; nay đã có.",
        "Danh mục lập theo kết quả kiểm định kết cấu; trường ở khu phố {ward} được xếp vào đợt bổ sung.",
        "Trình bổ sung trường ở khu phố {ward} vào danh mục đợt hai của năm.",
        INFORMATION,
    ),
    "land_tax": Matter(
        "finance",
        "Phòng Quản lý giá và công sản",
        "TB-STC",
        "Thông báo đơn giá thuê đất áp dụng cho nhà xưởng tại đường {street}.",
        "Tiền thuê đất của doanh nghiệp tăng {times} lần so với kỳ trước.",
        "Đề nghị giải trình cách xác định đơn giá và thời điểm áp dụng.",
        "Đơn giá xác định theo bảng giá mới; hệ số khu vực bị áp nhầm một bậc.",
        "Cơ quan xác nhận áp nhầm hệ số khu vực và sẽ ban hành thông báo thay thế.",
        "Ban hành thông báo đơn giá thay thế và chuyển cơ quan thuế bù trừ số đã nộp thừa.",
        INFORMATION,
    ),
    "equipment": Matter(
        "procurement",
        "Bộ phận mua sắm",
        "QĐ-MS",
        "Kết quả chào hàng cạnh tranh gói thiết bị trị giá {money} tỷ đồng.",
        "Công ty chúng tôi chào giá thấp nhất nhưng không được lựa chọn.",
        "Đề nghị giải trình lý do không lựa chọn và biên bản đánh giá hồ sơ đề xuất.",
        "Hồ sơ có giá thấp nhất thiếu giấy ủy quyền của nhà sản xuất theo yêu cầu.",
        "Hồ sơ của công ty không có giấy ủy quyền của nhà sản xuất; biên bản đánh giá gửi kèm theo.",
        "Nêu rõ lý do không được chọn ngay trong thông báo kết quả của các gói sau.",
        BIDDING,
    ),
    "recruitment": Matter(
        "personnel",
        "Phòng Công chức, viên chức",
        "TB-SNV",
        "Thông báo kết quả thi tuyển công chức đợt {times}.",
        "Bài thi của tôi bị hạ điểm sau phúc khảo mà không nêu lý do.",
        "Đề nghị giải trình quy trình phúc khảo và căn cứ thay đổi điểm.",
        "Biên bản phúc khảo có đủ chữ ký; phiếu điểm thứ hai không ghi nhận xét.",
        "Điểm thay đổi do cộng sai phần viết; phiếu chấm và biên bản phúc khảo được cung cấp để đối chiếu.",
        "Bổ sung nhận xét bắt buộc trên phiếu phúc khảo từ kỳ thi sau.",
        PCTN,
    ),
    "redundancy": Matter(
        "personnel",
        "Phòng Tổ chức, biên chế",
        "QĐ-SNV",
        "Quyết định giải quyết chế độ khi sắp xếp tổ chức bộ máy.",
        "Thời gian công tác của tôi bị tính thiếu {times} năm, trợ cấp giảm tương ứng.",
        "Đề nghị giải trình cách tính thời gian công tác và căn cứ loại trừ {times} năm.",
        "Thiếu quyết định điều động gốc; đơn vị cũ đã sáp nhập và còn lưu bản sao.",
        "Căn cứ bản sao quyết định điều động tìm được, {times} năm công tác được tính lại.",
        "Ban hành quyết định điều chỉnh và chi trả phần trợ cấp còn thiếu.",
        PCTN,
    ),
    "merit": Matter(
        "other",
        "Phòng Người có công",
        "CV-SNV",
        "Văn bản chưa giải quyết chế độ đối với thân nhân người có công.",
        "Mẹ tôi đã cao tuổi, hồ sơ chờ {times} năm chưa được trả lời dứt khoát.",
        "Đề nghị giải trình vì sao hồ sơ kéo dài và còn thiếu giấy tờ gì.",
        "Hồ sơ chờ xác minh tại hai đơn vị; một đơn vị chưa trả lời sau {times} lần đôn đốc.",
        "Hồ sơ đã đủ điều kiện sau khi có xác minh; cơ quan nhận trách nhiệm về việc chậm trả lời.",
        "Trình quyết định hưởng chế độ và báo cho gia đình bằng văn bản.",
        PCTN,
    ),
    "online_service": Matter(
        "other",
        "Bộ phận dịch vụ công trực tuyến",
        "TB-DVC",
        "Việc từ chối {times} lần hồ sơ trực tuyến trên cổng dịch vụ công.",
        "Tôi phải nghỉ làm nhiều buổi để nộp lại hồ sơ giấy.",
        "Đề nghị giải trình vì sao hệ thống báo lỗi và cán bộ vẫn yêu cầu bản giấy.",
        "Nhật ký hệ thống cho thấy lỗi ký số; cán bộ yêu cầu bản giấy ngoài quy định.",
        "Lỗi ký số đã được khắc phục; việc yêu cầu thêm bản giấy là không đúng, người thực hiện đã bị phê bình.",
        "Bỏ yêu cầu bản giấy đối với thủ tục đã cung cấp toàn trình.",
        ACCOUNTABILITY,
    ),
    "research_grant": Matter(
        "finance",
        "Phòng Quản lý khoa học",
        "QĐ-SKHCN",
        "Quyết định phê duyệt danh mục nhiệm vụ khoa học và kinh phí {money} tỷ đồng.",
        "Đề xuất của đơn vị chúng tôi bị loại mà không có ý kiến phản biện.",
        "Đề nghị giải trình tiêu chí xét chọn và ý kiến của hội đồng.",
        "Hội đồng họp đủ thành phần; phiếu nhận xét của hai ủy viên để trống phần lý do.",
        "Đề xuất trùng nội dung với nhiệm vụ đang thực hiện; ý kiến hội đồng được cung cấp kèm theo.",
        "Công khai ý kiến nhận xét đối với mọi đề xuất không được chọn.",
        INFORMATION,
    ),
    "reception": Matter(
        "citizen_reception",
        "Ban Tiếp công dân",
        "",
        "Việc người đứng đầu không tiếp công dân theo lịch đã công bố.",
        "Tôi đến {times} buổi theo lịch nhưng không được tiếp, đơn không được ghi nhận.",
        "Đề nghị giải trình vì sao lịch tiếp công dân không được thực hiện và ai tiếp thay.",
        "Sổ tiếp công dân ghi {times} buổi vắng, không có văn bản ủy quyền tiếp thay.",
        "Lịch tiếp trùng kỳ họp và không được thông báo thay đổi; cơ quan nhận thiếu sót và bố trí buổi tiếp bù.",
        "Thông báo thay đổi lịch tiếp công dân trước ít nhất một ngày làm việc.",
        RECEPTION,
    ),
}  # fmt: skip

MATTERS_OF = {
    "dn-ubnd": ("land_recovery", "landfill", "investor", "reception", "land_certificate"),
    "dn-so-tai-chinh": ("school_budget", "land_tax", "equipment", "investor"),
    "dn-so-noi-vu": ("recruitment", "redundancy", "merit"),
    "dn-so-khcn": ("research_grant", "online_service", "equipment"),
    "ndh-ubnd": (
        "land_recovery",
        "building_permit",
        "demolition",
        "dust",
        "land_certificate",
        "reception",
        "school_budget",
    ),
    "ndh-tt-dvth": ("online_service", "equipment"),
}
"""Which matters are asked of which agency; any other agency is asked about the reception of citizens."""

SURNAMES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Trương",
)
MIDDLE_NAMES = ("Văn", "Thị", "Minh", "Hồng", "Quang", "Thanh", "Ngọc", "Đức", "Thu", "Xuân", "Hữu", "Kim")
GIVEN_NAMES = (
    *(
        "An",
        "Bình",
        "Châu",
        "Dũng",
        "Giang",
        "Hà",
        "Hải",
        "Hạnh",
        "Hiền",
        "Hòa",
        "Hùng",
        "Hương",
        "Khánh",
        "Lan",
        "Linh",
    ),
    *(
        "Long",
        "Mai",
        "Nam",
        "Nga",
        "Nhung",
        "Phúc",
        "Phương",
        "Quân",
        "Sơn",
        "Tâm",
        "Thảo",
        "Thủy",
        "Trang",
        "Tuấn",
        "Yến",
    ),
)
STREETS = (
    *("Lê Lợi", "Trần Hưng Đạo", "Hùng Vương", "Nguyễn Huệ", "Lý Thường Kiệt", "Phan Bội Châu", "Hai Bà Trưng"),
    *("Quang Trung", "Nguyễn Trãi", "Bùi Thị Xuân", "Đinh Tiên Hoàng", "Trần Phú", "Hàm Nghi", "Lê Thánh Tôn"),
)
BUSINESSES = ("Công ty TNHH Xây dựng", "Công ty Cổ phần Thương mại", "Công ty TNHH Dịch vụ", "Hợp tác xã Nông nghiệp")
ORGANISATIONS = ("Hội Người cao tuổi khu phố", "Hội Cựu chiến binh khu phố", "Ban quản trị chung cư đường")


def full_name(index: int) -> str:
    """An invented name; the same index gives the same name."""
    surname = SURNAMES[index % len(SURNAMES)]
    middle = MIDDLE_NAMES[index // 3 % len(MIDDLE_NAMES)]
    return f"{surname} {middle} {GIVEN_NAMES[(index * 7 + index // 30) % len(GIVEN_NAMES)]}"
